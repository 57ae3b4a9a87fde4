"""Plays a day of business on the demonstration's site and shows what arrives on the other side, and how soon.

	python play.py SITE RECEIVER_PORT FOLDER WEB_PORT      (in the folder `sites` of a bench)

Exits with 1 when something did not arrive.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from both_ways import BothWays
from business import GOODS, Business
from connect import ACCOUNT, connect, webhook_key
from shop import CUSTOMER, CUSTOMER_ID, Refused, Shop
from stage import DIM, PLAIN, Failed, Outside, Stage


def play(stage: Stage, business: Business) -> Callable[[], None]:
	"""Returns the scene that ends the last one: what was sent in vain arrives."""
	stage.show("Two Items are saved", business.make_items, "POST /products")
	stage.show("A Customer is saved", business.make_customer, "POST /customers")
	stage.show("Goods are received: a Stock Entry is submitted", business.receive_stock, "PUT /stock/")
	stage.show("A Sales Order is submitted", business.submit_order, "POST /orders")
	stage.show("Its Sales Invoice is submitted, the goods leave", business.submit_invoice, "POST /invoices")
	stage.show("A Payment Entry is submitted", business.receive_payment, "POST /payments")
	stage.show("Another Sales Invoice is submitted", business.submit_second_invoice, "POST /invoices")
	stage.show("… and cancelled", business.cancel_second_invoice, "POST /invoices/")
	stage.show(
		"The Customer moves to another group",
		lambda: business.change_customer(customer_group="Individual"),
		"PUT /customers/",
	)
	stage.show(
		"The Customer is saved, but no mapped field changes",
		lambda: business.change_customer(customer_details="Pays early."),
		None,
	)
	return stage.outage(
		"The Customer moves while the receiver answers 503",
		lambda: business.change_customer(territory="Rest Of The World"),
	)


def receive(stage: Stage, business: Business, shop: Shop) -> None:
	"""The other way round: the shop calls in, and what follows goes out again."""
	goods = [(item, price) for item, (_, price) in zip(business.items, GOODS, strict=True)]
	answer: dict[str, Any] = {}
	known = frappe.db.exists("Sync Link", {"external_id": CUSTOMER_ID, "document_type": "Customer"})
	stage.outside.staff(id=CUSTOMER_ID, **CUSTOMER)
	stage.called(
		"The shop sends an order by the API",
		lambda: answer.update(shop.send_order(goods)),
		("Sales Order",) if known else ("Customer", "Sales Order"),
	)
	print(f"       {DIM}answer: {json.dumps(answer)}{PLAIN}")
	if shop.send_order(goods) != answer:
		raise Failed("the same call again gave another answer")
	print("       the same call again gives the same answer")
	stage.called(
		"The shop tells of the payment by a signed webhook",
		lambda: shop.send_payment(webhook_key()),
		("Payment Entry",),
	)
	stage.show(
		"The goods of that order are shipped: a Delivery Note is submitted",
		lambda: business.deliver(answer["order_id"]),
		"PUT /stock/",
	)


def main(site: str, port: int, folder: Path, web: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	try:
		# The person who answered the setup wizard, not Administrator.
		frappe.set_user(frappe.get_all("User", filters={"name": "erin@example.com"}, pluck="name")[0])
		outside = Outside(port)
		secrets = json.loads((folder / "secrets.json").read_text())
		flows = connect(outside.url, secrets)
		frappe.db.commit()  # the worker is another connection
		print(f"    account {ACCOUNT} with {len(flows)} flows")
		stage, business = Stage(outside), Business()
		overcome = play(stage, business)
		shop = Shop(web, site, "demo-shop", secrets["inbound_secret"], secrets["webhook_secret"])
		receive(stage, business, shop)
		both_ways = BothWays(stage, business.number)
		both_ways.play()
		overcome()
		both_ways.compare()
	except (Failed, Refused) as error:
		sys.exit(f"\n    FAILED: {error}\n    Look at Sync Log in Desk, and at the logs in {folder}.")
	finally:
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), f"http://127.0.0.1:{sys.argv[4]}")
