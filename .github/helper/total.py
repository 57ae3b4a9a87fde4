"""Adds up the steps of a test run: `total.py steps.tsv`, each line `name <tab> exit code or "skip" <tab> junit`.

Promises that the last line it prints is `N passed, N failed, N skipped`, and that it exits with 1 when a
step failed, ran no test, or ended without its report, whatever that step counted. It runs nothing.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple


class Count(NamedTuple):
	"""How many tests ended in each way."""

	passed: int = 0
	failed: int = 0
	skipped: int = 0


def read_junit(path: str) -> Count:
	"""Counts of one JUnit report; a report that is missing or broken counts nothing."""
	try:
		root = ElementTree.parse(path).getroot()
	except (OSError, ElementTree.ParseError):
		return Count()
	failed = skipped = total = 0
	for case in root.iter("testcase"):
		total += 1
		kinds = {child.tag for child in case}
		if kinds & {"failure", "error"}:
			failed += 1
		elif "skipped" in kinds:
			skipped += 1
	return Count(total - failed - skipped, failed, skipped)


def count_step(code: str, junit: str) -> Count:
	"""One step: a skipped one, a plain check (no report), or a test run with its report."""
	if code == "skip":
		return Count(skipped=1)
	ok = code == "0"
	if not junit:
		return Count(passed=int(ok), failed=int(not ok))
	count = read_junit(junit)
	if (not ok or not count.passed) and not count.failed:
		return count._replace(failed=1)
	return count


def main(path: str) -> int:
	"""Print each step and the total; returns the exit code."""
	total = Count()
	print()
	steps = [line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines()]
	width = max([20, *(len(name) for name, _, _ in steps)])
	for name, code, junit in steps:
		count = count_step(code, junit)
		total = Count(*(a + b for a, b in zip(total, count, strict=True)))
		state = "skipped" if code == "skip" else "FAILED" if count.failed else "ok"
		print(
			f"{name:<{width}} {state:<8} {count.passed} passed, {count.failed} failed, {count.skipped} skipped"
		)
	print()
	print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
	return 1 if total.failed else 0


if __name__ == "__main__":
	sys.exit(main(sys.argv[1]))
