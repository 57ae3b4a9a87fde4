"""Programs that are not part of a bench, installed once into the user's cache: API checkers and a JavaScript client.

Where they cannot be had the test is skipped with the reason, unless ERP_CONNECT_REQUIRE_TOOLS=1 (Python programs) or
ERP_CONNECT_REQUIRE_NODE=1 (npm packages) says that it must run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

CHECKERS = ("schemathesis>=4,<5", "openapi-spec-validator>=0.7,<1")
INSTALL_SECONDS = 300


def cache() -> Path:
	return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "erp_connect"


def checkers() -> Path:
	"""Folder of the programs of CHECKERS. They have an environment of their own: Frappe pins what they need newer."""
	folder = cache() / "api-checkers"
	programs = folder / "bin"
	if not (programs / "schemathesis").exists():
		_run("ERP_CONNECT_REQUIRE_TOOLS", sys.executable, "-m", "venv", "--clear", str(folder))
		_run("ERP_CONNECT_REQUIRE_TOOLS", str(programs / "pip"), "install", "--quiet", *CHECKERS)
	return programs


def npm_package(name: str) -> Path:
	"""Folder whose node_modules holds the package."""
	return npm_packages(name, name)


def npm_packages(folder_name: str, *specs: str) -> Path:
	"""Folder whose node_modules holds packages, each as npm names it: `name` or `name@version`.

	Their scripts are not run: what they build of other languages is not needed here.
	"""
	folder = cache() / f"npm-{folder_name}"
	installed = folder / "installed.txt"
	wanted = "\n".join(specs)
	if not installed.exists() or installed.read_text() != wanted:
		if not shutil.which("npm"):
			_missing("ERP_CONNECT_REQUIRE_NODE", "there is no npm")
		folder.mkdir(parents=True, exist_ok=True)
		command = (
			"npm",
			"install",
			"--silent",
			"--no-audit",
			"--ignore-scripts",
			"--prefix",
			str(folder),
			*specs,
		)
		_run("ERP_CONNECT_REQUIRE_NODE", *command)
		installed.write_text(wanted)
	return folder


def _run(required: str, *command: str) -> None:
	try:
		done = subprocess.run(
			command, capture_output=True, text=True, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL
		)
	except (OSError, subprocess.TimeoutExpired) as error:
		_missing(required, str(error))
	if done.returncode:
		_missing(required, f"{command[0]} failed: {done.stderr[-500:]}")


def _missing(required: str, reason: str) -> None:
	if os.environ.get(required) == "1":
		raise AssertionError(f"{reason} ({required} is set)")
	raise unittest.SkipTest(reason)
