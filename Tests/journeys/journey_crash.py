import subprocess
import sys
import unittest

import harness


class KillingTheServer(unittest.TestCase):
    def test_what_was_acknowledged_is_done_once(self):
        done = subprocess.run([sys.executable, harness.REPOSITORY / "scripts/crash-test", "--rounds", "3", "--ringback", harness.BINARY],
                              capture_output=True, text=True, timeout=400)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
