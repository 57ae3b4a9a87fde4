"""Offers of outside systems for a draft, rates of carriers say, of which one is taken: offers, take_offer."""

from __future__ import annotations

import re

import frappe
from frappe import _
from pydantic import Field

from erp_connect.api import offers as asking
from erp_connect.api.v1.models import Model
from erp_connect.operate import offers as offering
from erp_connect.records.failures import ApiError
from erp_connect.served import reading
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation

# How an offer is named to callers: where it is kept, and its number there.
OFFER = re.compile(r"([0-9a-f]{20})\.([0-9]{1,3})")


class OffersIn(Model):
	doctype: str = Field(
		description="Document type of the draft, e.g. Shipment", min_length=1, max_length=140
	)
	name: str = Field(description="Its name in ERPNext", min_length=1, max_length=140)
	account: str | None = Field(
		None, max_length=140, description="Ask this account alone; otherwise all, one after another"
	)


class OfferOut(Model):
	offer: str = Field(description="For `take_offer`, by the same user, within half an hour")
	account: str = Field(description="The account that offers it")
	title: str
	price: float | None
	currency: str = Field(description="Empty where the account does not say it")
	days: str
	text: str


class Refusal(Model):
	account: str
	reason: str = Field(description="For people: why there is no offer, and what to do")


class OffersOut(Model):
	offers: list[OfferOut] = Field(description="The cheapest first, of all accounts")
	refused: list[Refusal] = Field(description="Accounts that could not be asked, or offer nothing")


class TakeOfferIn(Model):
	doctype: str = Field(min_length=1, max_length=140)
	name: str = Field(description="The document that the offer was made for", min_length=1, max_length=140)
	offer: str = Field(description="As `offers` named it", max_length=140)


class Taken(Model):
	doctype: str
	name: str
	modified: str | None = Field(description="When the document was last changed, to the microsecond")


@frappe.whitelist(methods=["GET", "POST"])
@operation(OffersIn, OffersOut, writes=False)
def offers(caller: Caller, request: OffersIn) -> Reply:
	"""Ask accounts for offers for a draft, such as the rates of carriers. Nothing is sent for the draft by that.

	For a user who may write the draft and read the accounts. Of several accounts, one that refuses is no error of the others.
	"""
	frappe.has_permission(request.doctype, "write", doc=request.name, throw=True)
	given, refused = [], []
	for flow in _asked(request):
		answer = asking.ask(flow["name"], request.name)
		account = flow["integration"]
		given += [
			{**offer, "offer": f"{answer['token']}.{number}", "account": account}
			for number, offer in enumerate(answer["offers"])
		]
		if not answer["offers"]:
			refused.append({"account": account, "reason": answer.get("reason") or _("It offers nothing.")})
	given.sort(key=lambda offer: (offer["price"] is None, offer["price"] or 0))
	return Reply({"offers": given, "refused": refused})


@frappe.whitelist(methods=["POST"])
@operation(TakeOfferIn, Taken, writes=True)
def take_offer(caller: Caller, request: TakeOfferIn) -> Reply:
	"""Write one of the offers into the draft that it was made for, with the rights of the user.

	What is written is what the account answered. A document that is submitted is refused.
	"""
	frappe.has_permission(request.doctype, "write", doc=request.name, throw=True)
	if not (named := OFFER.fullmatch(request.offer)):
		raise offering.NoOffers(offering.NOT_AT_HAND)
	token, number = named.groups()
	flow = offering.flow_of(token)
	asking.require(flow, request.name)
	offering.choose(flow, request.name, token, int(number))
	written = {"modified": reading.version_of(request.doctype, request.name)}
	return Reply({"doctype": request.doctype, "name": request.name, **written}, request.doctype, request.name)


def _asked(request: OffersIn) -> list[dict[str, str]]:
	"""The flows that are asked. Raises `ApiError` 404 where there is none."""
	found = [
		flow for flow in asking.readable(request.doctype) if request.account in (None, flow["integration"])
	]
	if not found:
		raise ApiError(
			404,
			"no_offers",
			"No account that {user} may read has a flow that asks for offers for {doctype}. Switch such a flow on, or give the "
			"user the role Integration User.",
			user=frappe.session.user,
			doctype=request.doctype,
		)
	return found
