"""REST hooks: what happens is told where a program asked for it, and nowhere else, until it is gone."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.outbound import hooks as ending
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase, at_once
from erp_connect.tests.fakes.fault_server import Reply

OTHER_KEY = "other-shop-key-1508"


class HookCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text")],
			direction="Incoming", remote_entity="brand",
		)  # fmt: skip
		self.commit()

	def target(self, path: str = "/hooks/1") -> str:
		return self.receiver.url(path)

	def subscribe(self, event: str = "created", path: str = "/hooks/1", **more: Any) -> dict[str, Any]:
		body = {"entity": "brand", "event": event, "target_url": self.target(path), **more}
		told = self.ok(self.call("subscribe", body), 201)
		self.look_again()
		return told

	def look_again(self) -> None:
		"""This process has looked at the DocType before: see what the server has made of it."""
		self.commit()
		frappe.clear_cache(doctype="Brand")

	def told(self, path: str = "/hooks/1") -> list[dict[str, Any]]:
		return [one.json for one in self.arrived(path)]


class TestHooks(HookCase):
	def test_who_is_calling(self):
		told = self.ok(self.call("me", {}, method="GET"))
		self.assertEqual((told["account"], told["user"]), (make.ACCOUNT, make.USER))
		self.refused(self.call("me", {}, headers={"X-Api-Secret": "wrong"}), 401)

	def test_each_event_is_told_where_it_was_asked_for(self):
		for event in ("created", "updated", "deleted"):
			self.assertEqual(self.subscribe(event, f"/hooks/{event}?zap=1")["event"], event)
		brand = make.brand("first")
		self.deliver()
		brand.description = "second"
		brand.save()
		self.deliver()
		brand.delete()
		self.deliver()
		for event, text in (("created", "first"), ("updated", "second"), ("deleted", "second")):
			(body,) = self.told(f"/hooks/{event}")
			self.assertEqual([one.path for one in self.arrived(f"/hooks/{event}")], [f"/hooks/{event}?zap=1"])
			self.assertEqual(
				(body["event"], body["id"], body["name"], body["brand"], body["description"]),
				(event, brand.name, brand.name, brand.name, text),
			)
		self.assertEqual(set(self.statuses(direction="Outgoing")), {"Delivered"})

	def test_the_sample_has_the_shape_of_what_is_told(self):
		self.subscribe()
		brand = make.brand("sampled")
		self.deliver()
		(told,) = self.told()
		(record,) = self.ok(
			self.call("sample", {"entity": "brand", "event": "created", "limit": 1}, method="GET")
		)["records"]
		self.assertEqual(set(record), set(told))
		self.assertEqual((record["id"], record["description"]), (brand.name, "sampled"))
		self.assertEqual(
			{key: told[key] for key in record if key != "modified"},
			{key: record[key] for key in record if key != "modified"},
		)

	def test_what_the_account_writes_is_not_told_to_it(self):
		self.subscribe()
		self.ok(
			self.call("upsert", {"entity": "brand", "record": {"id": "1", "name": make.unique("Own")}}), 201
		)
		self.deliver()
		self.assertEqual(self.told(), [])

	def test_the_same_subscription_is_made_once(self):
		first = self.subscribe()
		self.assertEqual(self.subscribe()["id"], first["id"])
		other = self.subscribe(path="/hooks/2")
		self.assertNotEqual(other["id"], first["id"])
		listed = self.ok(self.call("subscriptions", {}, method="GET"))["subscriptions"]
		self.assertEqual([one["id"] for one in listed], [first["id"], other["id"]])
		self.assertEqual(listed[0], {**first, "active": True})
		self.assertEqual(first["target_url"], self.target())

	def test_unsubscribing(self):
		first, second = self.subscribe(), self.subscribe(path="/hooks/2")
		make.brand()
		self.commit()
		self.assertEqual(self.ok(self.call("unsubscribe", {"id": first["id"]}))["ended"], True)
		frappe.clear_cache(doctype="Brand")
		self.ok(self.call("unsubscribe", {"id": first["id"]}, method="DELETE"))
		make.brand()
		self.deliver()
		self.assertEqual((len(self.told()), len(self.told("/hooks/2"))), (0, 2), self.history())
		self.assertTrue(second["active"])

	def test_an_answer_of_410_ends_it_and_the_account_goes_on(self):
		gone = self.subscribe()
		self.subscribe(path="/hooks/2")
		self.receiver.script("/hooks/1", Reply(410), Reply(200))
		make.brand()
		self.deliver()
		ending.end(gone["id"])
		self.commit()
		make.brand()
		self.deliver()
		self.assertEqual((len(self.told()), len(self.told("/hooks/2"))), (1, 2))
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		active = {
			one["id"]: one["active"]
			for one in self.ok(self.call("subscriptions", {}, method="GET"))["subscriptions"]
		}
		self.assertFalse(active[gone["id"]])
		self.assertEqual(sum(active.values()), 1)
		again = self.subscribe()
		self.assertTrue(again["active"])
		self.assertNotEqual(again["id"], gone["id"])
		make.brand()
		self.deliver()
		self.assertEqual(len(self.told()), 2)

	def test_what_failed_is_tried_again(self):
		self.subscribe()
		self.receiver.script("/hooks/1", Reply(503), Reply(200))
		make.brand()
		self.deliver()
		self.later()
		self.deliver()
		self.assertEqual((len(self.told()), self.event(direction="Outgoing").status), (2, "Delivered"))


class TestLimits(HookCase):
	def test_addresses_beneath_the_account_alone(self):
		base = self.target("/hooks/1")
		for url in (
			"https://elsewhere.example.com/hooks/1", base.replace("127.0.0.1", "127.0.0.1.example.com"),
			base.replace("http://", "http://user:secret@"), base + "#x", "nonsense", base + "/../../x", base + "/{external_id}",
			"file:///etc/passwd", base.replace("http:", "https:"),
		):  # fmt: skip
			with self.subTest(url):
				error = self.refused(
					self.call("subscribe", {"entity": "brand", "event": "created", "target_url": url}), 422
				)
				self.assertEqual(error["field"], "target_url")
		self.change(base_url=self.receiver.url("/hooks").rstrip("/"))
		self.subscribe()
		body = {"entity": "brand", "event": "created", "target_url": self.target("/hooksmore/1")}
		self.refused(self.call("subscribe", body), 422, "invalid")
		make.brand()
		self.deliver()
		self.assertEqual(len(self.told()), 1)

	def test_entities_that_are_offered_and_may_be_read_alone(self):
		body = {"entity": "nothing", "event": "created", "target_url": self.target()}
		self.refused(self.call("subscribe", body), 404, "unknown_entity")
		self.refused(
			self.call("subscribe", {**body, "entity": "brand", "event": "submitted"}), 422, "invalid"
		)
		self.refused(self.call("subscribe", {**body, "entity": "brand", "event": "exploded"}), 422, "invalid")

	def test_of_another_account_nothing_is_seen_or_ended(self):
		mine = self.subscribe()
		self.make_account("Other Shop", OTHER_KEY)
		self.commit()
		headers = {"X-Api-Key": OTHER_KEY}
		self.assertEqual(self.ok(self.call("subscriptions", {}, headers=headers))["subscriptions"], [])
		self.ok(self.call("unsubscribe", {"id": mine["id"]}, headers=headers))
		self.ok(self.call("unsubscribe", {"id": "Test Brand"}))
		self.assertTrue(frappe.db.exists("Field Mapping", mine["id"]))
		self.assertTrue(frappe.db.exists("Field Mapping", "Test Brand"))

	def test_subscribing_at_once(self):
		answers = at_once(4, lambda _: self.call("subscribe", {"entity": "brand", "event": "created", "target_url": self.target()}, key="one"))  # fmt: skip
		ids = {answer.json()["id"] for answer in answers if answer.ok}
		self.assertEqual(len(ids), 1, [answer.text for answer in answers])
