"""REST hooks for automation platforms: me, subscribe, unsubscribe, subscriptions, sample."""

from __future__ import annotations

from typing import Any, Literal

import frappe
from pydantic import Field

from erp_connect.api.v1.models import Model
from erp_connect.served import hooks
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation

Event = Literal["created", "updated", "submitted", "cancelled", "deleted"]


class MeIn(Model):
	pass


class MeOut(Model):
	account: str
	user: str
	company: str | None
	site: str = Field(description="Address of the site")


class SubscribeIn(Model):
	entity: str = Field(description="Outside object of a flow, as `describe` names it", max_length=140)
	event: Event
	target_url: str = Field(max_length=1000, description="Beneath the Base URL of the account")


class Subscription(Model):
	id: str = Field(description="For `unsubscribe`")
	doctype: str
	event: Event
	target_url: str
	active: bool = Field(description="False once the subscriber has answered 410")


class UnsubscribeIn(Model):
	id: str = Field(max_length=140)


class Unsubscribed(Model):
	id: str
	ended: bool


class SubscriptionsIn(Model):
	pass


class SubscriptionsOut(Model):
	subscriptions: list[Subscription]


class SampleIn(Model):
	entity: str = Field(max_length=140)
	event: Event = "updated"
	limit: int = Field(3, ge=1, le=100)


class SampleOut(Model):
	records: list[dict[str, Any]] = Field(description="As the hook sends them, the last changed first")


@frappe.whitelist(methods=["GET", "POST"])
@operation(MeIn, MeOut, writes=False)
def me(caller: Caller, request: MeIn) -> Reply:
	"""Who is calling: a test of the credentials."""
	return Reply(
		{
			"account": caller.account,
			"user": frappe.session.user,
			"company": caller.company,
			"site": frappe.utils.get_url(),
		}
	)


@frappe.whitelist(methods=["POST"])
@operation(SubscribeIn, Subscription, writes=True)
def subscribe(caller: Caller, request: SubscribeIn) -> Reply:
	"""Be told when records of an entity are created, updated, submitted, cancelled or deleted.

	The same subscription is made once. What the account itself writes is not told to it. An answer of 410 ends it.
	"""
	return Reply(hooks.subscribe(caller, request.entity, request.event, request.target_url), status=201)


@frappe.whitelist(methods=["POST", "DELETE"])
@operation(UnsubscribeIn, Unsubscribed, writes=True, also="DELETE")
def unsubscribe(caller: Caller, request: UnsubscribeIn) -> Reply:
	"""End a subscription. One that is gone already is no error."""
	return Reply(hooks.unsubscribe(caller, request.id))


@frappe.whitelist(methods=["GET", "POST"])
@operation(SubscriptionsIn, SubscriptionsOut, writes=False)
def subscriptions(caller: Caller, request: SubscriptionsIn) -> Reply:
	"""The subscriptions of the account."""
	return Reply({"subscriptions": hooks.subscriptions(caller)})


@frappe.whitelist(methods=["GET", "POST"])
@operation(SampleIn, SampleOut, writes=False)
def sample(caller: Caller, request: SampleIn) -> Reply:
	"""Records of an entity as a subscriber is told of them, to map their fields by."""
	return Reply({"records": hooks.sample(caller, request.entity, request.event, request.limit)})
