"""Offers of an outside system for a document, of which a person chooses one: rates of a carrier, say.

They are asked for by the flow of an account whose request has the event Offers, and stay here until one is chosen, so that
what is written is what was answered. Nothing is sent for a document by that.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.calls import connection as connections
from erp_connect.calls import rate_gate, switch
from erp_connect.config import account as accounts
from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.config.flow import OFFERS, Flow
from erp_connect.config.request_steps import CHOSEN
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.parse.offers import Offer, offers
from erp_connect.messages import describe
from erp_connect.outbound import building
from erp_connect.outbound.request import Asked, Prepared
from erp_connect.records import document, write_back
from erp_connect.records.document import Subject

# For which offers can be chosen, in seconds.
KEPT = 1800
NOT_AT_HAND = "These offers are not at hand any more. Ask for them anew."


class NoOffers(ConnectError):
	"""Nothing can be offered now, or what was offered is not at hand any more."""

	default_code = "no_offers"


def flows_of(doctype: str) -> list[dict[str, str]]:
	"""The enabled flows that ask for offers for documents of a type: `name`, `integration`."""
	asking = frappe.get_all("Field Mapping Request", {"event": "Offers"}, pluck="parent")
	return frappe.get_all(
		"Field Mapping",
		{"name": ("in", asking), "document_type": doctype, "enabled": 1},
		["name", "integration"],
		order_by="name",
	)


def ask(name: str, document_name: str) -> dict[str, Any]:
	"""Ask an account by its flow `name`: `token` and `offers`, each with `title`, `price`, `currency`, `days`, `text`.

	Reads the document with the rights of the account's user, and only what the session's user may read as well. Commits, as
	each request counts for the account's pace. Raises `ConnectError` where nothing can be asked, or the answer is none.
	"""
	flow = flows.load(name)
	account = accounts.load(flow.account)
	if flow.offers_rule is None or flow.offers is None or not flow.enabled:
		raise NoOffers("The flow {flow} asks for no offers, or is switched off.", flow=flow.name)
	request = _request(flow, account, Subject(flow.document_type, document_name))
	if not switch.may_send(account.name) or (rate_gate.permitted_in(account)):
		raise NoOffers(
			"Account {account} is paused, switched off or asked to slow down. Look at the account, and try again later.",
			account=account.name,
		)
	frappe.db.commit()  # the turn that was taken counts, whatever comes of the request
	found = offers(flow.offers.search(_answer(flow, account, request)))
	token = frappe.generate_hash(length=20)
	kept = {"flow": flow.name, "document": document_name, "offers": [dict(offer.said) for offer in found]}
	frappe.cache.set_value(_key(token), kept, expires_in_sec=KEPT)
	return {"token": token, "offers": [_shown(offer) for offer in found]}


def flow_of(token: str) -> str:
	"""The flow by which the session's user was given the offers under this token. Raises `NoOffers`."""
	if not (kept := frappe.cache.get_value(_key(token), expires=True)):
		raise NoOffers(NOT_AT_HAND)
	return kept["flow"]


def choose(name: str, document_name: str, token: str, number: int) -> None:
	"""Write the offer with this number (from 0) into the document that it was made for, as the session's user.

	A change like any other, of which accounts hear. Raises `NoOffers`, and as `write_back.put`.
	"""
	kept = frappe.cache.get_value(_key(token), expires=True)
	asked = {"flow": name, "document": document_name}
	if not kept or {**kept, **asked} != kept or not 0 <= number < len(kept["offers"]):
		raise NoOffers(NOT_AT_HAND)
	flow = flows.load(kept["flow"])
	subject = Subject(flow.document_type, kept["document"])
	doc = frappe.get_doc(subject.doctype, subject.name)
	if not doc.docstatus.is_draft():
		raise NoOffers("{name} is not a draft any more. Nothing was written.", name=subject.name)
	write_back.put(flow, subject, {**doc.as_dict(), CHOSEN: kept["offers"][number]})


def _request(flow: Flow, account: Account, subject: Subject) -> Prepared:
	viewer = frappe.session.user
	with compat.acting_as(account.user):
		doc = document.load_many(subject.doctype, [subject.name]).get(subject.name)
		if doc is None:
			raise NoOffers("{name} does not exist any more.", name=subject.name)
		source = document.read(doc, flow, account, document.Context(OFFERS, None, viewer=viewer))
		if flow.condition and not flow.condition.is_true(source):
			raise NoOffers("The flow {flow} takes other documents: see its field Only if.", flow=flow.name)
		row = SimpleNamespace(name="", event=OFFERS, old_name=None, idempotency_key="", steps=None)
		return building.build(Asked(row, flow, subject, flow.offers_rule, source, account, None))


def _answer(flow: Flow, account: Account, request: Prepared) -> Any:
	settings = frappe.get_cached_doc("Integration Settings", account.name)
	connection = connections.open_connection(settings, account)
	try:
		result = connection.send(
			request.method,
			request.path,
			request.body,
			request.content_type,
			"",
			flow=flow,
			creates=False,
			headers=request.headers,
		)
	finally:
		connection.close()
	if result.outcome.kind not in (outcomes.DELIVERED, outcomes.NOTHING):
		raise NoOffers(
			"{account} offers nothing: {reason}", account=account.name, reason=Whole(describe(result.outcome))
		)
	return result.answer.data


def _shown(offer: Offer) -> dict[str, Any]:
	price = None if offer.price is None else float(offer.price)
	texts = {name: getattr(offer, name) for name in ("title", "currency", "days", "text")}
	return {**texts, "price": price}


def _key(token: str) -> str:
	"""Of the session's user: nobody chooses what another one was offered."""
	return f"erp_connect_offers|{frappe.session.user}|{token}"
