"""Where exported files lie until they expire: a private folder of the site, which no web server serves.

Not as Frappe's File: those count against its limit of size, and stay.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import frappe

# Hours for which a file can be fetched after it was made.
KEPT_HOURS = 24
# A part that no worker can still be writing.
ABANDONED_HOURS = 48
PART = ".part"


def path_of(job: str, kind: str) -> Path:
	"""Where the file of a job is, or would be. kind: the end of its name."""
	return _folder() / f"{job}.{kind}"


def expires(path: Path) -> float | None:
	"""Until when a file can be fetched, as an epoch second; None when it is gone or too old."""
	with suppress(FileNotFoundError):
		end = path.stat().st_mtime + KEPT_HOURS * 3600
		return end if end > time.time() else None
	return None


@contextmanager
def being_written(path: Path, token: str) -> Iterator[BinaryIO]:
	"""A file that gets its name when all of it is written; nothing is left of it otherwise. token: of the one writer."""
	path.parent.mkdir(parents=True, exist_ok=True)
	part = path.with_name(f"{path.name}.{token}{PART}")
	try:
		with part.open("wb") as stream:
			yield stream
		os.replace(part, path)
	finally:
		part.unlink(missing_ok=True)


def tidy() -> None:
	"""Scheduled: remove what has expired, and what a killed worker left."""
	for path in _folder().glob("*"):
		hours = ABANDONED_HOURS if path.name.endswith(PART) else KEPT_HOURS
		with suppress(FileNotFoundError):  # another machine was quicker
			if path.stat().st_mtime < time.time() - hours * 3600:
				path.unlink()


def _folder() -> Path:
	return Path(frappe.get_site_path("private", "erp_connect", "exports"))
