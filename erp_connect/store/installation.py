"""Whether this is the installation that the accounts were set up on, or a copy of its database somewhere else.

What tells them apart is kept outside the database, so that no restored backup brings it along: a random id in a file
of the site's folder, which no backup of Frappe holds, and the machine's own id, which a copied folder does not bring.
In containers the latter changes with the image, so there only the file counts. A deployment that makes its sites
folder anew each time names itself by the environment variable ERP_CONNECT_INSTALLATION instead.

The database remembers, as a default of the site, which installations a System Manager confirmed. The first install or
migrate confirms the one it runs on: it cannot know another.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path

import frappe

from erp_connect.core.errors import ConfigurationError

VARIABLE = "ERP_CONNECT_INSTALLATION"
FILE = "erp_connect_installation"
# `key` of the default of the site, and how many installations it remembers.
CONFIRMED, REMEMBERED = "erp_connect_confirmed_installations", 20
MACHINE_ID = Path("/etc/machine-id")
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"), Path("/run/systemd/container"))


def identity() -> str:
	"""What this installation is known by: a hash, that tells nothing of the machine."""
	if named := os.environ.get(VARIABLE):
		return _hash(f"named:{named}")
	return _hash(f"{_id_of_site()}:{'' if _in_container() else _machine()}")


def is_held() -> bool:
	"""Whether another installation was confirmed, and this one was not: the database is a copy, or has moved."""
	confirmed = _confirmed()
	return bool(confirmed) and identity() not in confirmed


def require() -> None:
	"""Raise `ConfigurationError` while nothing may be sent, fetched or accepted."""
	if is_held():
		raise ConfigurationError(
			"This looks like a copy of another installation, so nothing is sent, fetched or accepted. A System Manager"
			" can confirm this installation in Desk, on any screen of ERP Connect.",
			code="unconfirmed_installation",
		)


def confirm() -> None:
	"""Let this installation send, fetch and accept. Does not commit."""
	known = [one for one in _confirmed() if one != identity()]
	_remember([*known, identity()][-REMEMBERED:])


def adopt() -> None:
	"""Confirm this installation unless one was confirmed before. Does not commit."""
	if not _confirmed():
		confirm()


def _confirmed() -> list[str]:
	# Not by frappe.defaults: its cache may be older than a database that was restored beneath it.
	# As a plain statement: each call from outside asks.
	found = frappe.db.sql(
		"SELECT defvalue FROM `tabDefaultValue` WHERE parent = '__default' AND defkey = %s"
		" ORDER BY modified DESC LIMIT 1",
		(CONFIRMED,),
	)
	return json.loads(found[0][0]) if found and found[0][0] else []


def _remember(confirmed: list[str]) -> None:
	frappe.db.set_default(CONFIRMED, json.dumps(confirmed))


def _id_of_site() -> str:
	path = Path(frappe.get_site_path(FILE))
	try:
		with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
			file.write(secrets.token_hex(16))
	except FileExistsError:
		pass
	return path.read_text()


def _machine() -> str:
	try:
		return MACHINE_ID.read_text().strip()
	except OSError:
		return ""


def _in_container() -> bool:
	return "KUBERNETES_SERVICE_HOST" in os.environ or any(mark.exists() for mark in CONTAINER_MARKS)


def _hash(text: str) -> str:
	return hashlib.sha256(text.encode()).hexdigest()[:32]
