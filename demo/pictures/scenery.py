"""What the pictures show: accounts that are well, in trouble and paused, with made-up people and firms.

Works only on a scratch site: it forgets the accounts, flows and events that were there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.api import presets
from erp_connect.calls import switch
from erp_connect.inbound import process as processing
from erp_connect.outbound.drain import drain
from erp_connect.pull import run as pulling
from erp_connect.store import alerts, inbox, keys, sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shop_case import article
from erp_connect.tests.bench.systems.woocommerce_case import SCARF, TEAPOT, entries
from erp_connect.tests.fakes.fault_server import FaultServer, Reply
from erp_connect.tests.fakes.woocommerce import WooCommerce, fixture

SHOP, TRADE, PARCELS = "Linden Street Shop", "Harbour Wholesale", "Parcel Desk"
# One that is well, and one that waits for its next try.
WELL, KIOSK = "Bremen Warehouse", "Kiosk Network"
TRADE_URL = "https://api.harbour-wholesale.example"
CONNECTOR = "connector@example.com"
BUYERS = (
	("Greta", "Ohlsen", "Kiel"), ("Anton", "Meyer", "Bremen"), ("Ines", "Costa", "Lisbon"),
	("Paul", "Harlow", "Leeds"), ("Noor", "Haddad", "Ghent"), ("Lotte", "Visser", "Utrecht"),
)  # fmt: skip
FIRMS = (
	"Juniper Books",
	"Cedar Clinic",
	"Willow & Sons",
	"Alder Bakery",
	"Maple Lane School",
	"Hazel Garden Centre",
)
REFUSED = ("Birch Pottery", "Rowan Cycles", "Aspen Dental")
BRANDS = ("Larkspur", "Foxglove", "Bluebell", "Primrose", "Sorrel", "Yarrow", "Teasel", "Clover", "Tansy", "Campion", "Borage",
	"Lovage", "Angelica", "Comfrey")  # fmt: skip
TWICE = "Oak Hill Farm"
TO_TRADE, FROM_TRADE = "Customers to Harbour", "Customers from Harbour"
SAMPLE = {
	"id": "H-2041", "name": "Quarry Hill Studio", "kind": "Freelance", "vat": {"number": "GB123456789"},
	"website": "https://quarryhill.example", "region": "United Kingdom", "email": "hello@quarryhill.example",
}  # fmt: skip


@dataclass
class Scenery:
	"""What a picture may need by name."""

	shop: WooCommerce
	trade: FaultServer
	ledger: dict[str, str]
	refused_event: str = ""
	customer: str = ""

	def addresses(self) -> dict[str, str]:
		"""Addresses of this machine, and what a picture shows for them."""
		return {self.trade.url("").rstrip("/"): TRADE_URL, self.shop.url: "https://linden-street.example"}

	def close(self) -> None:
		self.shop.stop()
		self.trade.stop()


def build() -> Scenery:
	"""Make all of it. Commits."""
	make.offline_rates()
	let_the_scheduler_be_well()
	make.user(CONNECTOR, make.ROLES)
	known = entries(make.company())
	ledger = {key: known[key] for key in ("tax_account", "charges_account")}
	scenery = Scenery(WooCommerce(), FaultServer().start(), ledger)
	connect_shop(scenery)
	sell(scenery)
	connect_trade(scenery)
	trade(scenery)
	meet_twins(scenery)
	connect_others(scenery)
	tell()
	spread_over_days()
	frappe.db.set_value(  # what a picture shows is no address of this machine
		"Integration Settings", TRADE, "base_url", TRADE_URL
	)
	frappe.db.commit()  # the process that serves the site sees only this
	frappe.clear_cache()
	return scenery


def let_the_scheduler_be_well() -> None:
	"""As if it had just run: no process of it does here."""
	frappe.db.set_single_value("System Settings", "enable_scheduler", 1)
	job = frappe.db.get_value("Scheduled Job Type", {"method": "erp_connect.operate.sweep.sweep"})
	frappe.db.set_value("Scheduled Job Type", job, "last_execution", frappe.utils.now())


def connect_shop(scenery: Scenery) -> None:
	company = make.company()
	for code in (TEAPOT, SCARF):
		article(code)
	made = presets.connect(
		"WooCommerce",
		json.dumps({"account_name": SHOP, "company": company, "user": CONNECTOR}),
		{**entries(company), "address": scenery.shop.url},
		flows=["Orders", "Customers"],
	)
	presets.switch_on(made["account"])
	frappe.db.commit()


def sell(scenery: Scenery) -> None:
	"""Orders of the shop come in; of the last one the total is not that of its lines."""
	# Pictures that were taken before have left their orders.
	begin = 7401 + 10 * frappe.db.count("Sales Order")
	for number, (first, last, city) in enumerate(BUYERS):
		order = fixture("order")
		mail = f"{first}.{last}@example.com".lower()
		person = {**order["billing"], "first_name": first, "last_name": last, "city": city, "email": mail}
		shipping = {**order["shipping"], "first_name": first, "last_name": last, "city": city}
		changes: dict[str, Any] = {
			"id": begin + number, "number": str(begin + number), "currency": "USD", "billing": person,
			"shipping": shipping, "customer_id": 31 + number, "transaction_id": f"ch_{begin + number}",
		}  # fmt: skip
		if number == len(BUYERS) - 1:
			changes["total"] = "79.85"
		scenery.shop.add("orders", order, **changes)
	flow = f"{SHOP}: Orders"
	sync_cursor.make_due(flow)
	frappe.db.commit()
	pulling.run(flow)
	work(SHOP)
	drain(SHOP)
	frappe.db.rollback()


def work(account: str) -> None:
	frappe.db.commit()
	processing.process(account)
	frappe.db.rollback()


def rest_account(url: str, name: str, **values: Any) -> None:
	"""An account at a REST API, which tries again late enough for a picture to show it."""
	make.account(
		url, name=name, user=CONNECTOR, system="Custom REST API", retry_schedule="2h, 4h, 8h", **values
	)


def connect_trade(scenery: Scenery) -> None:
	rest_account(scenery.trade.url(), TRADE, error_expression="error", inbound_enabled=1)
	make.flow(
		"Customer",
		make.rest("/customers"),
		[
			make.row("customer_name", "name", required=1),
			make.row("customer_group", "group"),
			make.row("territory", "region"),
			make.row("!disabled", "active"),
		],
		name=TO_TRADE,
		integration=TRADE,
	)


def trade(scenery: Scenery) -> None:
	"""Customers go to the trade house: most arrive; some meet an answer of 503, and are refused then."""
	server = scenery.trade
	server.script("/customers", *(Reply(201, {"id": f"H-{2001 + number}"}) for number in range(len(FIRMS))))
	scenery.customer = [customer(name) for name in FIRMS][0]
	send()
	for name in REFUSED:
		server.script("/customers", Reply(503, {"error": "Too busy"}))
		refused = customer(name)
		send()
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE status = 'Retrying'")
		server.script("/customers", Reply(422, {"error": f"{name}: no price group for Commercial"}))
		send()
	scenery.refused_event = frappe.db.get_value("Sync Log", {"reference_name": refused})
	# Not sent yet: what a preview shows.
	frappe.db.set_value("Customer", scenery.customer, "customer_group", "Government")


def send(account: str = TRADE) -> None:
	frappe.db.commit()
	drain(account)
	frappe.db.rollback()


def customer(name: str, **values: Any) -> str:
	if frappe.db.exists("Customer", name):  # of pictures that were taken before
		doc = frappe.get_doc("Customer", name)
		doc.customer_details = frappe.generate_hash(length=6)
		doc.customer_group = "Commercial"
		return doc.save().name
	return make.customer(
		customer_name=name, customer_group="Commercial", territory="All Territories", **values
	).name


def meet_twins(scenery: Scenery) -> None:
	"""A customer comes in whose name two customers here have."""
	make.flow(
		"Customer",
		[],
		[
			make.row("customer_name", "name", is_match_key=1),
			make.row("customer_type", "kind", default_value="Company"),
			make.row("customer_group", "group", default_value="Commercial"),
			make.row("tax_id", "vat.number"),
			make.row("website", "website"),
		],
		name=FROM_TRADE,
		integration=TRADE,
		direction="Incoming",
		topics="customers/create",
		inbound_id_expression="id",
	)
	twins = frappe.get_all("Customer", filters={"customer_name": TWICE}, pluck="name")
	for side in ("farm", "shop")[len(twins) :]:
		make.customer(
			customer_name=TWICE, customer_group="Commercial", website=f"https://{side}.oakhill.example"
		)
	record = {"id": "H-3107", "name": TWICE, "website": "https://farm.oakhill.example", "kind": "Company"}
	inbox.receive(
		{
			"integration": TRADE,
			"company": make.company(),
			"event": "webhook",
			"topic": "customers/create",
			"dedupe_key": keys.new_id(),
			"request_body": json.dumps(record),
		}
	)
	work(TRADE)
	scenery.trade.script("/customers", *(Reply(201, {"id": f"H-{3001 + number}"}) for number in range(2)))
	send()


def connect_others(scenery: Scenery) -> None:
	"""One account that is well, one that meets an answer of 503, and one that is paused."""
	for account, path, brands in ((WELL, "/stock-house", BRANDS), (KIOSK, "/kiosks", BRANDS[:1])):
		rest_account(scenery.trade.url(), account)
		make.flow(
			"Brand",
			make.rest(path),
			[make.row("brand", "name"), make.row("description", "text")],
			name=f"Brands to {account}",
			integration=account,
		)
		if account == KIOSK:
			scenery.trade.script(path, Reply(503, {"error": "Maintenance until noon"}))
		for name in brands:
			brand(name)
		for connected in (WELL, KIOSK):
			send(connected)
	rest_account("https://api.parcel-desk.example", PARCELS)
	switch.pause(PARCELS, "The key was refused (401). Enter a new one, then press Resume.")


def brand(name: str) -> None:
	if frappe.db.exists("Brand", name):  # of pictures that were taken before
		doc = frappe.get_doc("Brand", name)
		doc.description = f"Since 1987, {frappe.generate_hash(length=4)}"
		doc.save()
	else:
		make.brand("Since 1987", name)


def tell() -> None:
	"""What an alert says is what the job of every minute would say."""
	alerts.begin(
		[
			alerts.Problem(TRADE, "Failed events", len(REFUSED), f"{len(REFUSED)} events failed. Correct the cause, then press Retry in the Sync Log."),
			alerts.Problem(TRADE, "Waiting for a person", 1, "1 event waits for a decision."),
			alerts.Problem(SHOP, "Waiting for a person", 1, "1 event waits for a decision."),
			alerts.Problem(PARCELS, "Paused", 1, "Paused: The key was refused (401). Enter a new one, then press Resume."),
		]
	)  # fmt: skip


def spread_over_days() -> None:
	"""Some of what went across did so on the days before, for the chart."""
	done = frappe.get_all(
		"Sync Log",
		filters={"status": ("in", ("Delivered", "Processed"))},
		fields=["name", "creation", "last_attempt"],
		order_by="seq asc",
	)
	for number, row in enumerate(done):
		days = -(number * 5 % 7)  # of each account some today
		earlier = {
			field: frappe.utils.add_days(row[field], days)
			for field in ("creation", "last_attempt")
			if row[field]
		}
		frappe.db.set_value("Sync Log", row.name, earlier, update_modified=False)
