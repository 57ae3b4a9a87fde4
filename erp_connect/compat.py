"""What differs between the supported versions of Frappe, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.db_query import DatabaseQuery

VERSION = int(frappe.__version__.split(".")[0])
LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"", re.DOTALL)


def count_list(doctype: str, filters: list | dict) -> int:
	"""How many documents match, of those the current user may read."""
	count = "count(name) as total" if VERSION < 16 else {"COUNT": "name", "as": "total"}
	return frappe.get_list(doctype, filters=filters, fields=[count], order_by=None)[0].total


def masked_fields(meta) -> list:
	"""Fields of a DocType whose value is shown as stars to those who lack the permission `mask`; 15 knows none."""
	return [field for field in meta.fields if field.get("mask")] if VERSION >= 16 else []


def match_condition(doctype: str, user: str) -> str:
	"""SQL condition on the table of `doctype` for the documents the user may read; empty when all of them.

	For a user whose role may read the DocType: for others it is meaningless. Holds no percent sign: Frappe 16 formats
	the query that the condition becomes a part of, and 15 does not, so that neither `%` nor `%%` would do.
	"""
	# Not by what reportview of 16 gives: its literals leave backslashes as they are.
	return without_percent(DatabaseQuery(doctype, user=user).build_match_conditions())


def without_percent(sql: str) -> str:
	"""The same SQL, with the percent signs of its literals spelled out."""
	return LITERAL.sub(_spelled_out, sql) if "%" in sql else sql


def _spelled_out(literal: re.Match) -> str:
	text = literal[0]
	if "%" not in text:
		return text
	quote = text[0]
	# In the collation of Frappe's columns: those of the connection and of the character set may be two others.
	sign = f"{quote}, CHAR(37 USING utf8mb4) COLLATE utf8mb4_unicode_ci, {quote}"
	# A backslash before a percent sign stays one, which LIKE looks at; other pairs are left alone.
	pieces = {"%": sign, "\\%": "\\\\" + sign}
	return (
		"CONCAT(" + re.sub(r"\\.|%", lambda pair: pieces.get(pair[0], pair[0]), text, flags=re.DOTALL) + ")"
	)


def forget_between_records() -> None:
	"""Let nothing of the records before count for the next one of a job. Not while a document is being saved.

	Links are looked up anew: Frappe remembers for a whole process that one was missing, also after it was made. And no document
	is being saved: Frappe leaves on its list each one that got its name by being inserted, or could not be saved, so that the
	list grows for as long as the job takes, and a later `db_set` of such a document is taken for part of a save.
	"""
	getattr(frappe.db, "value_cache", {}).clear()
	frappe.flags.currently_saving.clear()


@contextmanager
def acting_as(user: str) -> Iterator[None]:
	"""Work as another user within a request or a job; afterwards the session is the one from before.

	`frappe.set_user` empties what the session holds. Frappe keeps a session at the end of a request (16 always, 15
	every ten minutes and after a restart of Redis), and would keep the emptied one: the next request of the same
	person had no user. Caches of the user are left empty at the end, as `set_user` does: they fill up by themselves.
	"""
	session, form_dict = frappe.local.session, frappe.local.form_dict
	before = {name: session.get(name) for name in ("user", "sid", "data")}
	try:
		frappe.set_user(user)
		yield
	finally:
		frappe.set_user(before["user"])
		session.update(before)
		frappe.local.session, frappe.local.form_dict = session, form_dict


def stored_password(doc, fieldname: str) -> str:
	"""What is kept for a Password field of a document or child row; empty when nothing is.

	Raises `frappe.ValidationError` or `InvalidToken` for what cannot be decrypted: 16 tells that from nothing only
	when asked to raise, and then raises for nothing too.
	"""
	password = doc.get_password(fieldname, raise_exception=False)
	if not password and _is_kept(doc, fieldname):
		password = doc.get_password(fieldname)
	return password or ""


def _is_kept(doc, fieldname: str) -> bool:
	if not doc.get(fieldname):  # stars, where something is kept
		return False
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `__Auth` WHERE doctype = %s AND name = %s AND fieldname = %s AND encrypted = 1",
			(doc.doctype, doc.name, fieldname),
		)
	)


def file_content(file) -> bytes:
	"""The contents of a File as they are: 15 gives text where they are UTF-8, 16 decodes unless told not to."""
	content = file.get_content() if VERSION < 16 else file.get_content(encodings=())
	return content.encode() if isinstance(content, str) else content
