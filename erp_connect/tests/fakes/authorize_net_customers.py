"""Customer profiles at the fake of Authorize.net: https://developer.authorize.net/api/reference/#customer-profiles

Promises: lists the ids of all profiles at once, and nothing else of them; gives one by its id, with its card masked;
tells of profiles and of what belongs to one by thin webhooks, as the vendor's examples of payloads have them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from erp_connect.tests.fakes.authorize_net_api import refused


class Customers:
	"""profiles: by id."""

	_number: Callable[[], str]
	told: list[dict[str, Any]]
	fixture: Callable[[str], Any]

	def __init__(self) -> None:
		self.profiles: dict[str, dict[str, Any]] = {}

	def customer(self, bill_to: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
		"""A profile that is made. bill_to: changes of the address of its card; the profile has none for {}."""
		found = {**self.fixture("customer_profile"), "customerProfileId": self._number(), **values}
		if bill_to == {}:
			del found["paymentProfiles"], found["shipToList"]
		elif bill_to:
			found["paymentProfiles"][0]["billTo"].update(bill_to)
		self.profiles[found["customerProfileId"]] = found
		self._tell_of("customer.created", "customerProfile", id=found["customerProfileId"])
		return found

	def change_customer(self, profile: str, **values: Any) -> None:
		self.profiles[profile].update(values)
		self._tell_of("customer.updated", "customerProfile", id=profile)

	def delete_customer(self, profile: str) -> None:
		del self.profiles[profile]
		self._tell_of("customer.deleted", "customerProfile", id=profile)

	def change_card(self, profile: str, **bill_to: str) -> None:
		"""The address of the card changes, which is told of the card only."""
		card = self.profiles[profile]["paymentProfiles"][0]
		card["billTo"].update(bill_to)
		more = {"customerProfileId": int(profile), "id": card["customerPaymentProfileId"]}
		self._tell_of("customer.paymentProfile.updated", "customerPaymentProfile", **more)

	def _tell_of(self, kind: str, entity: str, **payload: Any) -> None:
		event = {**self.fixture("event"), "notificationId": str(uuid.uuid4())}
		self.told.append(
			{
				**event,
				"eventType": f"net.authorize.{kind}",
				"payload": {"customerType": "individual", "entityName": entity, **payload},
			}
		)

	def _getCustomerProfileIdsRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		return {"ids": list(self.profiles)} if self.profiles else {}

	def _getCustomerProfileRequest(self, value: dict[str, Any]) -> dict[str, Any]:
		if value["customerProfileId"] not in self.profiles:
			raise refused("E00040", "The record cannot be found.")
		return {"profile": self.profiles[value["customerProfileId"]]}
