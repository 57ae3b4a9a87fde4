"""Plays a day of business on the demonstration's site and shows what arrives outside, and how soon.

	python play.py SITE RECEIVER_PORT FOLDER WEB_PORT      (in the folder `sites` of a bench)

Exits with 1 when something did not arrive.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from business import GOODS, Business
from connect import ACCOUNT, connect, webhook_key
from shop import Refused, Shop

PATIENCE = 30  # seconds for what a worker does at once
LONG_PATIENCE = 100  # seconds for what waits for the scheduler, which looks once a minute
SHOWN = 150
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


class Failed(Exception):
	"""Something did not arrive; the message says what to look at."""


class Outside:
	"""The receiver as this script sees it."""

	def __init__(self, port: int) -> None:
		self.url = f"http://127.0.0.1:{port}"

	def arrivals(self) -> dict[str, dict[str, Any]]:
		"""What was accepted, by idempotency key."""
		with urlopen(f"{self.url}/demo/arrivals", timeout=5) as answer:
			found = json.load(answer)
		return {entry["key"]: entry for entry in reversed(found) if entry["status"] < 300}

	def switch(self) -> None:
		"""Press the button that makes it answer 503, or stop doing so."""
		urlopen(Request(f"{self.url}/demo/switch", data=b"", headers={"Origin": self.url}), timeout=5).close()


class Stage:
	"""Does one thing after the other, and shows what came of each."""

	def __init__(self, outside: Outside) -> None:
		self.outside = outside
		self.number = 0

	def show(self, title: str, act: Callable[[], None], expect: str | None) -> None:
		"""Act, commit, and wait until a request whose `METHOD /path` begins with `expect` has arrived.

		None: nothing may be sent.
		"""
		committed, last = self.begin(title, act)
		events = self.settled(last, PATIENCE)
		arrivals = self.outside.arrivals()
		arrived = [arrivals[event.idempotency_key] for event in events if event.idempotency_key in arrivals]
		for entry in arrived:
			print(
				f"     → {entry['method']} {entry['path']}  {entry['status']}  {entry['time'] - committed:.2f} s"
			)
			if entry["body"]:
				print(f"       {DIM}{_short(entry['body'])}{PLAIN}")
		if expect is None:
			self.nothing(events, arrived)
		elif not any(f"{entry['method']} {entry['path']}".startswith(expect) for entry in arrived):
			raise Failed(f"{expect} did not arrive. The events: {_words(events)}")

	def begin(self, title: str, act: Callable[[], None]) -> tuple[float, int]:
		self.number += 1
		print(f"\n{BOLD}{self.number:3}. {title}{PLAIN}", flush=True)
		last = frappe.db.sql("SELECT COALESCE(MAX(seq), 0) FROM `tabSync Log`")[0][0]
		act()
		frappe.db.commit()  # only now the worker can see it, as at the end of a request
		return time.time(), last

	def settled(self, last: int, seconds: float) -> list:
		"""The events after number `last`, once nothing is left to do for any of them."""
		end = time.monotonic() + seconds
		while True:
			events = self.events(last)
			if all(event.due_at is None for event in events):
				return events
			if time.monotonic() > end:
				raise Failed(f"not settled after {seconds:.0f} s: {_words(events)}")
			time.sleep(0.05)

	def events(self, last: int) -> list:
		frappe.db.rollback()  # a new snapshot
		return frappe.db.sql(
			"SELECT name, idempotency_key, status, outcome, error, due_at, attempts, reference_doctype, reference_name"
			" FROM `tabSync Log` WHERE seq > %s AND integration = %s ORDER BY seq",
			(last, ACCOUNT),
			as_dict=True,
		)

	def called(self, title: str, act: Callable[[], object], made: tuple[str, ...]) -> None:
		"""Let the shop call, and wait until a document of each type in `made` has come of it."""
		before = {doctype: self.newest(doctype) for doctype in made}
		started, _ = self.begin(title, act)
		end = time.monotonic() + PATIENCE
		missing = list(made)
		while missing:
			if time.monotonic() > end:
				raise Failed(f"no {' and no '.join(missing)} came of it")
			frappe.db.rollback()  # a new snapshot
			for doctype in list(missing):
				if (name := self.newest(doctype)) != before[doctype]:
					print(f"     → {doctype} {name}  {time.time() - started:.2f} s")
					missing.remove(doctype)
				elif doctype == "Customer":
					print(f"     → {doctype} known since an earlier run")
					missing.remove(doctype)
			time.sleep(0.05)

	def newest(self, doctype: str) -> str | None:
		return next(iter(frappe.get_all(doctype, pluck="name", order_by="creation desc", limit=1)), None)

	def nothing(self, events: list, arrived: list) -> None:
		if arrived:
			raise Failed("something was sent although no mapped field had changed")
		print(f"     nothing is sent: {_words(events)}")

	def outage(self, title: str, act: Callable[[], None]) -> None:
		"""The same while the receiver answers 503 for the first try."""
		self.outside.switch()
		try:
			_, last = self.begin(title, act)
			event = self.tried(last)
			print(f"     try 1: {event.error}")
			print(
				f"     {DIM}status {event.status}; the next try comes by itself, within a minute or so{PLAIN}",
				flush=True,
			)
		finally:
			self.outside.switch()
		event = self.settled(last, LONG_PATIENCE)[0]
		entry = self.outside.arrivals().get(event.idempotency_key)
		if not entry:
			raise Failed(f"it was not delivered after the outage: {_words([event])}")
		print(
			f"     try {event.attempts}: → {entry['method']} {entry['path']}  {entry['status']}, with the same key"
		)

	def tried(self, last: int):
		end = time.monotonic() + PATIENCE
		while time.monotonic() < end:
			events = self.events(last)
			if events and events[0].status == "Retrying":
				return events[0]
			time.sleep(0.05)
		raise Failed("the event was not tried: is the worker running?")


def _short(text: str) -> str:
	return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"


def _words(events: list) -> str:
	found = [
		f"{event.reference_doctype} {event.reference_name} {event.status}"
		f" ({event.error or event.outcome or 'no reason'})"
		for event in events
	]
	return "; ".join(found) or "no event was recorded"


def play(stage: Stage, business: Business) -> None:
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
	stage.outage(
		"The Customer moves while the receiver answers 503",
		lambda: business.change_customer(territory="Rest Of The World"),
	)


def receive(stage: Stage, business: Business, shop: Shop) -> None:
	"""The other way round: the shop calls in, and what follows goes out again."""
	goods = [(item, price) for item, (_, price) in zip(business.items, GOODS, strict=True)]
	answer: dict[str, Any] = {}
	stage.called(
		"The shop sends an order by the API",
		lambda: answer.update(shop.send_order(goods)),
		("Customer", "Sales Order"),
	)
	print(f"       {DIM}answer: {json.dumps(answer)}{PLAIN}")
	again = shop.send_order(goods)
	print(f"       the same call again gives the same answer: {again == answer}")
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
		play(stage, business)
		shop = Shop(web, site, "demo-shop", secrets["inbound_secret"], secrets["webhook_secret"])
		receive(stage, business, shop)
	except (Failed, Refused) as error:
		sys.exit(f"\n    FAILED: {error}\n    Look at Sync Log in Desk, and at the logs in {folder}.")
	finally:
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), f"http://127.0.0.1:{sys.argv[4]}")
