"""Holds a running sandbox against the vendors' official Python SDKs.

    python3 Tests/sdk/run.py --sandbox http://127.0.0.1:8090

Needs a virtual environment with requirements.txt. Nothing of the SDKs is changed but where they look for the vendor.
Exits 0 when everything passes, 1 when something fails, 2 when the sandbox cannot be reached.
"""

import argparse
import json
import sys
import unittest
import urllib.error
import urllib.request

import sandbox


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sandbox", required=True, metavar="URL", help="such as http://127.0.0.1:8090")
    arguments = parser.parse_args()
    sandbox.url = arguments.sandbox.rstrip("/")
    try:
        vendors = sandbox.call("GET", "/")["vendors"]
    except (urllib.error.URLError, json.JSONDecodeError, KeyError) as error:
        print(f"No sandbox answers at {sandbox.url}: {error}. Start one with `ringback sandbox`.", file=sys.stderr)
        return 2
    print(f"sandbox at {sandbox.url} simulates {', '.join(vendors)}")
    suite = unittest.defaultTestLoader.loadTestsFromNames(["genesys_cloud", "shopify_admin"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
