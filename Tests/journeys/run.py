#!/usr/bin/env python3
"""The journeys from outside: the real program, real sockets, real signals.

    python3 Tests/journeys/run.py --ringback .build/debug/ringback [NAME …]
"""
import argparse
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--ringback", required=True)
parser.add_argument("names", nargs="*")
options = parser.parse_args()
harness.BINARY = str(pathlib.Path(options.ringback).resolve())

loader = unittest.TestLoader()
if options.names:
    loader.testNamePatterns = [f"*{name}*" for name in options.names]
suite = loader.discover(str(pathlib.Path(__file__).resolve().parent), pattern="journey_*.py")
result = unittest.TextTestRunner(verbosity=1, stream=sys.stdout).run(suite)
bad = len(result.failures) + len(result.errors)
print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed")
sys.exit(1 if bad or not result.testsRun else 0)
