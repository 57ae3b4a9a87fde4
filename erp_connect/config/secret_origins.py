"""Binds the secrets of an account to the origins for which they were entered.

Whoever may change an account's address could otherwise have its secrets sent to one of his own. So what leads elsewhere
is emptied unless it is entered anew in the same save (`guard`), what it was entered for is kept beside it (`remember`),
and nothing is opened with secrets that were entered for something else (`require`). What is not the account's own, a
secret kept outside of the database or a Connected App's, only a System Manager lends to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_connect.config import inputs, named_secrets, secrets
from erp_connect.config.account import SYSTEM_MANAGER
from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.destinations import Destinations, Entrusted, covers, origin_if_any
from erp_connect.core.values.inputs import filled_address
from erp_connect.store import entrusted as store

# Secrets that are only compared with what comes in, and never leave by the account.
INCOMING = ("verification_secret", "previous_verification_secret", "inbound_secret")
ROWS = "parameters"
CLIENT_CREDENTIALS = "OAuth 2 Client Credentials"
OAUTH = (CLIENT_CREDENTIALS, "OAuth 2 Authorization Code")
SERVICE_ACCOUNT = "OAuth 2 JWT Bearer"
CONNECTED_APP = "connected_app:"
# What is borrowed is marked by whether it goes out: what is only compared may not be sent because of that.
OUT, IN = "out ", "in "


@dataclass(frozen=True)
class Emptied:
	"""Labels of what was emptied because the account leads elsewhere, and of stars behind which no secret of it stands.

	moved: whether it leads elsewhere.
	"""

	labels: tuple[str, ...]
	foreign: tuple[str, ...]
	moved: bool


def of_document(doc) -> Destinations:
	"""Where an Integration Settings leads. What is no address leads nowhere."""
	return Destinations(
		base_url=_origin(doc, doc.base_url),
		sandbox_base_url=_origin(doc, doc.sandbox_base_url),
		token_address=_token_address(doc),
		made_up=_made_up(doc),
	)


def guard(doc) -> Emptied:
	"""Empty the secrets of a document that is being saved, where it leads elsewhere than when they were entered.

	Raises `frappe.PermissionError` for secrets that are not the account's own and that the session's user may not
	lend it, and `ConfigurationError` for those that state other hosts.
	"""
	entered = None if doc.is_new() else store.read(doc.name)
	destinations = of_document(doc)
	moved = destinations.leads_elsewhere(entered.destinations if entered else None)
	foreign = _emptied(doc, _foreign(doc))
	labels = _emptied(doc, _outgoing(doc)) if moved else ()
	labels = (*labels, *_access_taken_back(doc, moved))
	lent = entered.borrowed if entered else frozenset()
	if moved:
		lent = frozenset(mark for mark in lent if mark.startswith(IN))
	for mark in sorted(_borrowed(doc)):
		_require_lent(mark, doc, lent)
	return Emptied(labels, foreign, moved)


def remember(doc) -> None:
	"""Keep what the secrets of a document that was just saved were entered for. Does not commit."""
	entrusted = Entrusted(of_document(doc), frozenset(_borrowed(doc)))
	if entrusted != store.read(doc.name):
		store.keep(doc.name, entrusted)


def require(doc) -> None:
	"""Raise `ConfigurationError` unless the secrets of an account were entered for where it leads now."""
	entered, destinations = store.read(doc.name), of_document(doc)
	if entered is None or destinations.leads_elsewhere(entered.destinations):
		if not _has_secrets(doc):
			return
		raise ConfigurationError(
			"Account {account} leads elsewhere than when its secrets were entered, so nothing is sent. Open the account "
			"and save it, enter its secrets again, and press Resume.",
			code="moved",
			account=doc.name,
		)
	for mark in sorted(_borrowed(doc)):
		if not _is_stated(mark, doc) and mark not in entered.borrowed:
			raise _not_lent(mark)


def _origin(doc, url: str | None) -> str:
	"""Of an address with the inputs of the account, which may be parts of its host."""
	try:
		return origin_if_any(filled_address((url or "").strip(), inputs.of_document(doc)))
	except ConfigurationError:  # told by whoever calls it
		return ""


def _token_address(doc) -> str:
	if doc.auth_type == SERVICE_ACCOUNT:
		return _origin(doc, doc.token_url)
	app = doc.connected_app if doc.auth_type in OAUTH else ""
	return origin_if_any(frappe.db.get_value("Connected App", app, "token_uri") if app else "")


def _asks_for_base_url(doc) -> str:
	"""The expression that finds the base URL in a token's answer; empty when none does."""
	return (doc.base_url_expression or "").strip() if doc.auth_type in (*OAUTH, SERVICE_ACCOUNT) else ""


def _made_up(doc) -> str:
	text = _asks_for_base_url(doc)
	try:
		plain = not text or compile_expression(text).plain_path is not None
	except ConnectError:  # refused when it is saved
		plain = False
	return "" if plain else text


def _outgoing(doc) -> Iterator[tuple[Any, str]]:
	"""Password fields, of the document and its rows, whose secrets go out."""
	for part in (doc, *doc.get(ROWS)):
		for field in part.meta.get("fields", {"fieldtype": "Password"}):
			if field.fieldname not in INCOMING:
				yield part, field.fieldname


def _foreign(doc) -> list[tuple[Any, str]]:
	"""Fields that claim a secret of another record: stars of a new document, or of a row that was not there before."""
	before = None if doc.is_new() else doc.get_doc_before_save()
	if before is None:
		return [*_outgoing(doc), *((doc, fieldname) for fieldname in INCOMING)]
	own = {row.name for row in before.get(ROWS)}
	return [
		(part, fieldname) for part, fieldname in _outgoing(doc) if part is not doc and part.name not in own
	]


def _emptied(doc, places: Any) -> tuple[str, ...]:
	"""Empty those of some fields that were not filled in. Returns their labels."""
	labels = []
	for part, fieldname in places:
		if part.get(fieldname) and not secrets.is_typed(part, fieldname):
			part.set(fieldname, "")
			labels.append(part.key if part is not doc else _(part.meta.get_label(fieldname)))
	return tuple(labels)


def _access_taken_back(doc, moved: bool) -> tuple[str, ...]:
	"""Tokens of OAuth 2 are a person's or the Connected App's: who lends them does it anew."""
	before = doc.get_doc_before_save()
	if doc.is_new() or not before:
		return ()
	same_app = (before.auth_type, before.connected_app) == (doc.auth_type, doc.connected_app)
	if doc.token_user and (moved or not same_app):
		doc.token_user = None
		return (_("Access granted by"),)
	if doc.auth_type == CLIENT_CREDENTIALS and doc.connected_app and moved and same_app:
		doc.connected_app = None
		return (_("Connected App"),)
	return ()


def _borrowed(doc) -> Iterator[str]:
	"""Marks of all secrets that are not the account's own."""
	for part, fieldname in (*_outgoing(doc), *((doc, fieldname) for fieldname in INCOMING)):
		text = _text(part, fieldname)
		if named_secrets.is_name(text):
			yield (IN if fieldname in INCOMING else OUT) + named_secrets.normalised(text)
	if doc.auth_type == CLIENT_CREDENTIALS and doc.connected_app:
		yield f"{OUT}{CONNECTED_APP}{doc.connected_app}"


def _text(part, fieldname: str) -> str:
	"""What a Password field will hold after the save; empty for what cannot be decrypted."""
	if not part.get(fieldname):
		return ""
	try:
		return secrets.stored(part, fieldname)
	except ConfigurationError:
		return ""


def _has_secrets(doc) -> bool:
	if doc.auth_type in OAUTH:
		return True
	for part, fieldname in _outgoing(doc):
		try:
			if secrets.stored(part, fieldname):
				return True
		except ConfigurationError:
			return True
	return False


def _require_lent(mark: str, doc, lent: frozenset[str]) -> None:
	if _is_stated(mark, doc) or mark in lent or SYSTEM_MANAGER in frappe.get_roles():
		return
	frappe.throw(
		_(
			"{0} is not this account's own secret, so only a System Manager may choose it for an address. Ask one to enter "
			"it here and save the account{1}."
		).format(
			escape_html(_shown(mark)),
			""
			if CONNECTED_APP in mark
			else _(", or to state in {0} the hosts to which it may go").format(_where(mark)),
		),
		frappe.PermissionError,
		title=_("Secret of somebody else"),
	)


def _is_stated(mark: str, doc) -> bool:
	"""Whether where a secret is kept says that it may go where the account leads. Raises `ConfigurationError` if not so."""
	name = mark.partition(" ")[2]
	if name.startswith(CONNECTED_APP):
		return False
	try:
		found = named_secrets.find(name)
	except ConfigurationError as error:
		if error.code != "missing_secret":
			raise
		return False  # told by whoever reads it
	if found.hosts is None:
		return False
	elsewhere = [origin for origin in of_document(doc).origins if not covers(found.hosts, origin)]
	if _asks_for_base_url(doc):
		elsewhere.append(_("the address in the answer of the token address"))
	if elsewhere:
		raise ConfigurationError(
			"{name} may go to {hosts} only, as {place} states, and this account leads to {elsewhere}. Correct the "
			"address of the account, or the statement.",
			code="foreign_host",
			name=name,
			hosts=Whole(", ".join(found.hosts) or "-"),
			place=found.place,
			elsewhere=Whole(", ".join(elsewhere)),
		)
	return True


def _not_lent(mark: str) -> ConfigurationError:
	return ConfigurationError(
		"{name} was not chosen for this account by a System Manager, so it is not used. Ask one to save the account.",
		code="not_lent",
		name=_shown(mark),
	)


def _shown(mark: str) -> str:
	name = mark.partition(" ")[2]
	app = name.removeprefix(CONNECTED_APP)
	return name if app == name else _("Connected App {0}").format(app)


def _where(mark: str) -> str:
	if named_secrets.SITE_CONFIG in mark:
		return "site_config.json"
	return _("the environment")
