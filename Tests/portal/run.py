#!/usr/bin/env python3
"""The reward widget in a real Chromium.

    python3 Tests/portal/run.py [--screenshots DIR] [NAME …]                        against a stand-in of the portal
    python3 Tests/portal/run.py --ringback .build/debug/ringback [NAME …]           against the real program
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "journeys")]
import browser  # noqa: E402
import case  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--ringback")
parser.add_argument("--chromium", default="chromium")
parser.add_argument("--screenshots", type=pathlib.Path)
parser.add_argument("names", nargs="*")
options = parser.parse_args()
if not shutil.which(options.chromium):
    sys.exit(f"There is no {options.chromium} on the PATH. Install it (Debian: apt-get install chromium), or name another with --chromium.")
checked = subprocess.run([sys.executable, HERE.parent.parent / "web/portal/build", "--check"])
if options.screenshots:
    options.screenshots.mkdir(parents=True, exist_ok=True)
case.SCREENSHOTS = options.screenshots
if options.ringback:
    import harness
    harness.BINARY = str(pathlib.Path(options.ringback).resolve())
    import real
    case.PORTAL = real.Portal

loader = unittest.TestLoader()
if options.names:
    loader.testNamePatterns = [f"*{name}*" for name in options.names]
suite = loader.discover(str(HERE), pattern="widget_*.py")
case.BROWSER = browser.Browser(options.chromium)
try:
    result = unittest.TextTestRunner(verbosity=1, stream=sys.stdout).run(suite)
finally:
    case.BROWSER.quit()
failed = len(result.failures) + len(result.errors)
bad = failed + (checked.returncode != 0)
print(f"{result.testsRun - failed - len(result.skipped)} passed, {bad} failed")
sys.exit(1 if bad or not result.testsRun else 0)
