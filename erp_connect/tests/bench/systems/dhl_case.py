"""DHL Express for the proof suite: what is entered."""

from __future__ import annotations

from collections.abc import Mapping

from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.system import CARRIERS, System
from erp_connect.tests.fakes.dhl import KEY, Dhl
from erp_connect.tests.fakes.dhl_rules import ACCOUNT

HERE = {"address_line1": "4 Mill Lane", "city": "Leipzig", "pincode": "04103", "country": "Germany"}
THERE = {"address_line1": "9 Oak Street", "city": "Lyon", "pincode": "69001", "country": "France"}
ABROAD = {"address_line1": "1 Elm Road", "city": "Basel", "pincode": "4051", "country": "Switzerland"}
OFFERS = "[operations](https://developer.dhl.com/api-reference/dhl-express-mydhl-api)"


def entries(company: str) -> Mapping[str, str]:
	return {
		"username": KEY[0],
		"password": KEY[1],
		"account_number": ACCOUNT,
		"every_shipment": "yes",
		"service": "U",
		"utc_offset": "+01:00",
	}


DHL = System(
	"DHL",
	Dhl,
	entries,
	kind=CARRIERS,
	not_offered={
		"Token expired": "its keys do not expire",
		"Cancelled": f"it cancels pickups, and no shipments ({OFFERS})",
		"Return label": "which type of account and which service a return takes is not told to the public ([fields]"
		"(https://github.com/defuzzy-labs/dhl_express_client/blob/main/docs/SupermodelIoLogisticsExpressAccount.md))",
		"Refused in an answer of success": f"it answers with the status of an error ({OFFERS})",
		"Delivered by webhook": f"this API has no webhooks ({OFFERS})",
		"Webhook with a changed byte refused": f"this API has no webhooks ({OFFERS})",
		"Webhook that is stale refused": f"this API has no webhooks ({OFFERS})",
		"Webhook twice, one effect": f"this API has no webhooks ({OFFERS})",
	},
)


class DhlCase(CarrierCase):
	system = DHL
	secrets = {"password": KEY[1]}
	places = (HERE, THERE)
	phones = ("+49 341 4000000", "+33 4 23000000")
