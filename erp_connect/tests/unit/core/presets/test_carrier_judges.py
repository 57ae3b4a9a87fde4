"""What presets of carriers send is what karrio, a client of many carriers, sends; and karrio works with the fakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from erp_connect.core.mapping.rows import compile_mapping
from erp_connect.core.presets.reading import read_preset
from erp_connect.tests.fakes import dhl, dhl_rules, ups, ups_rules
from erp_connect.tests.unit.core.presets.test_presets import engine_row

PRESETS = Path(__file__).parents[4] / "presets"
HERE = {
	"address_line1": "4 Mill Lane",
	"city": "Memphis",
	"state": "TN",
	"pincode": "38116",
	"country": "United States",
	"phone": "+1 901 555 0100",
	"email_id": "goods@example.com",
}
THERE = {**HERE, "address_line1": "9 Oak Street", "city": "Nashville", "pincode": "37011"}
ABROAD = {**HERE, "city": "Windsor", "state": "ON", "pincode": "N9A 1A1", "country": "Canada"}
ITEM = {
	"name": "row-1",
	"idx": 1,
	"parent": "DN-1",
	"item_name": "Table",
	"item_code": "T-1",
	"qty": 2,
	"stock_qty": 2,
	"stock_uom": "Nos",
	"net_amount": 80,
	"total_weight": 5,
	"weight_uom": "Kg",
	"item_doc": {"customs_tariff_number": "9403.60", "country_of_origin": "India"},
	"origin_doc": {"code": "in"},
	"uom_doc": {"must_be_whole_number": 1},
}


def shipment(to: dict[str, Any], **inputs: str) -> dict[str, Any]:
	"""A Shipment with what is linked to it, as a flow sees it."""
	country = {"United States": {"code": "us"}, "Canada": {"code": "ca"}}
	return {
		"name": "SHIPMENT-00001",
		"docstatus": 1,
		"pickup_from_type": "Company",
		"pickup": "Alder",
		"pickup_company": "Alder",
		"pickup_type": "Pickup",
		"pickup_date": "2026-12-01",
		"pickup_from": "09:00:00",
		"pickup_to": "17:00:00",
		"delivery_to": "Juniper Books",
		"description_of_content": "Tables of oak",
		"value_of_goods": 80,
		"total_weight": 5,
		"incoterm": "DDP",
		"from_address": HERE,
		"from_country": country[HERE["country"]],
		"to_address": to,
		"to_country": country[to["country"]],
		"shipment_parcel": [{"idx": 1, "length": 30, "width": 20, "height": 10, "weight": 2.5, "count": 2}],
		"shipment_delivery_note": [{"delivery_note": "DN-1", "note_doc": {"currency": "EUR", "items": [ITEM]}}],
		"_input": {"account_number": "A12B34", "service": "03", "utc_offset": "+01:00", "every_shipment": "yes", **inputs},
	}  # fmt: skip


def body_of(preset: str, flow: str, document: dict[str, Any]) -> dict[str, Any]:
	"""What a flow of a preset makes of a document."""
	path = PRESETS / preset / "preset.json"
	found = read_preset(path.read_text(encoding="utf-8"), path.name)
	(mapping,) = [one.mapping for one in found.flows if one.mapping["mapping_name"] == flow]
	return compile_mapping([engine_row(row) for row in mapping["rows"]]).apply(document)


def known_by(schema: Any, body: Any) -> Any:
	"""What is left of a body whose fields karrio's types know."""
	lib = pytest.importorskip("karrio.lib")
	return lib.to_dict(lib.to_object(schema, body))


def asked(carrier: str) -> tuple[Any, Any]:
	models = pytest.importorskip("karrio.core.models")
	pytest.importorskip(f"karrio.mappers.{carrier}")
	address = {
		"person_name": "Jane",
		"company_name": "Alder",
		"phone_number": "9015550100",
		"address_line1": "4 Mill Lane",
		"city": "Memphis",
		"state_code": "TN",
		"postal_code": "38116",
		"country_code": "US",
	}
	request = {
		"shipper": address,
		"recipient": {**address, "city": "Nashville", "postal_code": "37011"},
		"parcels": [{"weight": 5.5, "weight_unit": "LB", "length": 12, "width": 8, "height": 4, "dimension_unit": "IN"}],
	}  # fmt: skip
	return models, request


@pytest.fixture
def fake_ups():
	fake = ups.Ups()
	yield fake
	fake.stop()


@pytest.fixture
def fake_dhl():
	fake = dhl.Dhl()
	yield fake
	fake.stop()


@pytest.mark.parametrize(
	("flow", "module", "name"),
	[
		("Shipments", "shipping_request", "ShippingRequestType"),
		("Rates", "rating_request", "RatingRequestType"),
		("Pickups", "pickup_request", "PickupCreationRequestWrapperType"),
	],
)
@pytest.mark.parametrize("to", [THERE, ABROAD], ids=["inland", "abroad"])
def test_ups_fields_are_those_that_karrio_knows(flow, module, name, to):
	schema = pytest.importorskip(f"karrio.schemas.ups.{module}")
	body = body_of("ups", flow, shipment(to))
	assert known_by(getattr(schema, name), body) == body


def test_karrio_ships_tracks_and_cancels_at_the_fake_of_ups(fake_ups):
	models, request = asked("ups")
	import karrio.sdk as karrio

	gateway = karrio.gateway["ups"].create(
		{
			"client_id": ups.CLIENT[0],
			"client_secret": ups.CLIENT[1],
			"account_number": ups_rules.ACCOUNT,
		}
	)
	with patch.object(type(gateway.settings), "server_url", fake_ups.url):
		rates, messages = karrio.Rating.fetch(models.RateRequest(**request)).from_(gateway).parse()
		assert (messages, len(rates)) == ([], 3)
		order = models.ShipmentRequest(service="ups_ground", **request)
		made, messages = karrio.Shipment.create(order).from_(gateway).parse()
		assert (messages, list(fake_ups.shipments)) == ([], [made.tracking_number])
		fake_ups.reach(made.tracking_number, ups.DELIVERED)
		wanted = models.TrackingRequest(tracking_numbers=[made.tracking_number])
		((told,), _) = karrio.Tracking.fetch(wanted).from_(gateway).parse()
		assert told.delivered
		cancel = models.ShipmentCancelRequest(shipment_identifier=made.tracking_number)
		done, messages = karrio.Shipment.cancel(cancel).from_(gateway).parse()
		assert (messages, done.success, fake_ups.made()) == ([], True, [])


@pytest.mark.parametrize("start", ["Company", "Customer"])
def test_fedex_fields_are_those_that_karrio_knows(start):
	schema = pytest.importorskip("karrio.schemas.fedex.shipping_request")
	body = body_of("fedex", "Shipments", {**shipment(ABROAD), "pickup_from_type": start})
	assert known_by(schema.ShippingRequestType, body) == body


@pytest.mark.parametrize(
	("flow", "module", "name"),
	[
		("Shipments", "shipment_request", "ShipmentRequestType"),
		("Rates", "rate_request", "RateRequestType"),
		("Pickups", "pickup_create_request", "PickupCreateRequestType"),
	],
)
@pytest.mark.parametrize("to", [THERE, ABROAD], ids=["inland", "abroad"])
def test_dhl_fields_are_those_that_karrio_knows(flow, module, name, to):
	schema = pytest.importorskip(f"karrio.schemas.mydhl.{module}")
	body = body_of("dhl", flow, shipment(to))
	# The vendor has them, and that client does not use them.
	for name_of_more in ("customerReferences", "outputImageProperties"):
		body.pop(name_of_more, None)
	assert known_by(getattr(schema, name), body) == body


def test_karrio_ships_and_tracks_at_the_fake_of_dhl(fake_dhl):
	models, request = asked("mydhl")
	import karrio.sdk as karrio

	gateway = karrio.gateway["mydhl"].create(
		{"username": dhl.KEY[0], "password": dhl.KEY[1], "account_number": dhl_rules.ACCOUNT}
	)
	parcel = {
		"weight": 2.5,
		"weight_unit": "KG",
		"length": 30,
		"width": 20,
		"height": 10,
		"dimension_unit": "CM",
	}
	request = {**request, "parcels": [parcel], "options": {"shipment_date": "2026-12-01"}}
	with patch.object(type(gateway.settings), "server_url", fake_dhl.url):
		rates, messages = karrio.Rating.fetch(models.RateRequest(**request)).from_(gateway).parse()
		assert (messages, {rate.meta["product_code"] for rate in rates} >= set(dhl_rules.PRICES)) == (
			[],
			True,
		)
		order = models.ShipmentRequest(service="N", **request)
		made, messages = karrio.Shipment.create(order).from_(gateway).parse()
		assert (messages, list(fake_dhl.shipments)) == ([], [made.tracking_number])
		fake_dhl.reach(made.tracking_number, dhl.DELIVERED)
		wanted = models.TrackingRequest(tracking_numbers=[made.tracking_number])
		((told,), _) = karrio.Tracking.fetch(wanted).from_(gateway).parse()
		assert told.delivered
