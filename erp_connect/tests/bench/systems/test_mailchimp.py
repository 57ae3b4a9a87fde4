"""An audience of Mailchimp connected: members from contacts, leads and customers, and what they do there."""

from __future__ import annotations

import frappe

from erp_connect.operate import webhooks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.crm_case import LEAD, PERSON
from erp_connect.tests.bench.systems.mailchimp_case import MailchimpCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.mailchimp import LIST, member_id


class TestAccount(MailchimpCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_and_the_data_centre_is_that_of_the_key(self):
		told = super(MailchimpCase, self).connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		kept = {row.key: row.value for row in doc.inputs}
		self.assertEqual(kept["data_centre"], "us21")
		self.assertEqual(
			[asked["auth"] for asked in told["inputs"] if asked["key"] == "data_centre"], [("person",)]
		)

	@proves("Wrong credentials told")
	def test_a_wrong_key_pauses_the_account_with_the_reason(self):
		self.connect("Contacts")
		self.fake.key = "another-us21"
		self.assertNotEqual(self.pull("Contacts").status, "Idle")
		self.assert_paused("did not accept the credentials")

	@proves("Several pages", "Changes only", "Leads in")
	def test_new_members_become_leads_over_pages_and_then_changes_alone(self):
		self.connect("New members")
		self.in_small_pages("New members")
		ids = [self.fake.join(self.mail(f"p{number}"), FNAME=f"P{number}") for number in range(5)]
		self.assertEqual(self.pull("New members").status, "Idle", self.history())
		self.assertEqual(len({self.linked("lead", id_).name for id_ in ids}), 5)
		before = len(self.events())
		self.fake.join(self.mail("late"), FNAME="Late")
		self.pull("New members")
		self.assertEqual(
			len(self.events(direction="Incoming")), before + 1 - len(self.events(direction="Outgoing"))
		)
		self.assert_all_done(direction="Incoming")

	@proves("Throttled", "Error 500 survived")
	def test_a_pull_goes_on_after_a_throttle_and_an_error(self):
		self.connect("New members")
		id_ = self.fake.join(self.mail("ida"), FNAME="Ida")
		for status in (429, 500):
			self.fake.trouble(status)
			self.assertEqual(self.pull("New members").status, "Retrying", self.history())
			self.later()
			frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
			self.assertEqual(self.pull("New members").status, "Idle", self.history())
		self.linked("lead", id_)

	@proves("Compared equal")
	def test_compared_equal_until_something_changes_outside(self):
		self.connect("Contacts")
		self.contact()
		self.send()
		found = self.compared("Contacts")
		self.assertEqual((found[0], *found[2:]), (0, 0, 0))
		self.fake.change(self.member()["id"], FNAME="Joan")
		found = self.compared("Contacts")
		self.assertEqual((found[0], *found[2:]), (0, 1, 0))

	@proves("Two accounts never mixed")
	def test_two_audiences_with_the_same_members(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		self.connect("Contacts", name="One")
		doc = self.contact()
		self.send()
		self.connect("Contacts", name="Two", fake=second, company=other_company())
		doc.reload()
		doc.first_name = "Joan"
		doc.save()
		for account in ("One", "Two"):
			self.deliver(account)
		ids = {link.integration: link.external_id for link in self.links(document_name=doc.name)}
		self.assertEqual(set(ids), {"One"}, "an update makes no member")
		doc.reload()
		self.assertEqual((self.member()["merge_fields"]["FNAME"], second.members), ("Joan", {}))


class TestMembers(MailchimpCase):
	@proves("Contacts out", "Answer lost after the work was done")
	def test_a_contact_becomes_a_member_once_and_keeps_it_with_a_new_address(self):
		self.connect("Contacts")
		doc = self.contact()
		self.fake.trouble(0, "PUT", lose_answer=True)
		self.send()
		self.later()
		self.send()
		member = self.member()
		self.assertEqual(len(self.fake.members), 1)
		self.assertEqual((member["status"], member["merge_fields"]["FNAME"]), ("subscribed", "Jane"))
		self.assertEqual(self.id_of(doc, PERSON), member_id(self.mail()))
		page = frappe.db.get_value(
			"Sync Link", {"integration": self.account, "document_name": doc.name}, "external_url"
		)
		self.assertEqual(page, f"https://us21.admin.mailchimp.com/lists/members/view?id={member['web_id']}")
		doc.reload()
		doc.email_ids[0].email_id = self.mail("jane.new")
		doc.save()
		self.send()
		self.assertEqual(self.id_of(doc, PERSON), member_id(self.mail("jane.new")))
		self.assertEqual(len(self.fake.members), 1)
		self.assert_all_done()

	@proves("Contacts in", "Known by match keys", "Change here does not come back")
	def test_what_changes_of_a_member_comes_back(self):
		self.connect("Contacts", switch_on=False)
		doc = self.contact()
		self.commit()
		id_ = self.fake.join(self.mail(), FNAME="Janet", LNAME="Alder", PHONE="+1 555 0100")
		self.fake.join(self.mail("stranger"), FNAME="S")
		self.switch_on()
		self.pull("Contacts")
		self.send_all()
		doc.reload()
		self.assertEqual(
			(self.id_of(doc, PERSON), doc.first_name), (id_, self.member()["merge_fields"]["FNAME"])
		)
		self.fake.change(id_, LNAME="Birch")
		self.pull("Contacts")
		doc.reload()
		self.assertEqual(
			(doc.last_name, frappe.db.count("Contact", {"email_id": self.mail("stranger")})), ("Birch", 0)
		)
		before = len(self.events())
		self.pull("Contacts")
		self.send()
		self.assertEqual(len(self.events()), before)

	@proves("Leads out")
	def test_a_lead_becomes_a_member(self):
		self.connect("Leads")
		doc = self.lead()
		self.send()
		member = self.member(self.mail("lea"))
		self.assertEqual((self.id_of(doc, LEAD), member["merge_fields"]["LNAME"]), (member["id"], "Elm"))

	@proves("Unsubscribed outside stays")
	def test_who_has_left_is_never_subscribed_again(self):
		self.connect("Contacts", "Unsubscribed contacts")
		doc = self.contact()
		self.send_all()
		self.fake.leave(self.member()["id"])
		# A change here goes out before the pull has told of it.
		doc.reload()
		doc.first_name = "Joan"
		doc.save()
		self.send_all()
		self.assertEqual(
			(self.member()["status"], self.member()["merge_fields"]["FNAME"]), ("unsubscribed", "Joan")
		)
		self.pull("Contacts")
		doc.reload()
		self.assertTrue(doc.unsubscribed, self.history())
		doc.unsubscribed = 0
		doc.last_name = "Oak"
		doc.save()
		self.send_all()
		self.pull("Contacts")
		self.send_all()
		self.assertEqual(
			(self.member()["status"], self.member()["merge_fields"]["LNAME"]), ("unsubscribed", "Oak")
		)
		self.assertEqual(
			[body for _, _, body in self.fake.calls if body and body.get("status") == "subscribed"], []
		)
		self.assert_all_done()

	def test_who_is_unsubscribed_here_is_unsubscribed_there_each_time_it_is_said(self):
		self.connect("Contacts", "Unsubscribed contacts")
		doc = self.contact()
		self.send_all()
		for unsubscribed, status in (
			(1, "unsubscribed"),
			(0, "unsubscribed"),
			(0, "subscribed"),
			(1, "unsubscribed"),
		):
			if status == "subscribed":  # by the person, at Mailchimp
				self.fake.join(self.mail())
			doc.reload()
			doc.unsubscribed = unsubscribed
			doc.save()
			self.send_all()
			self.assertEqual(self.member()["status"], status)

	def test_who_gets_another_address_and_leaves_at_once_is_unsubscribed_under_the_new_one(self):
		self.connect("Contacts", "Unsubscribed contacts")
		doc = self.contact()
		self.send_all()
		doc.reload()
		doc.email_ids[0].email_id = self.mail("jane.new")
		doc.unsubscribed = 1
		doc.save()
		self.send_all()
		self.later()
		self.send_all()
		members = [(one["email_address"], one["status"]) for one in self.fake.members.values()]
		self.assertEqual(members, [(self.mail("jane.new"), "unsubscribed")], self.history())
		self.assert_all_done()

	def test_a_member_that_is_gone_is_told_as_gone(self):
		self.connect("Contacts", "Unsubscribed contacts")
		doc = self.contact()
		self.send_all()
		self.fake.members.clear()
		frappe.db.set_value("Field Mapping", self.flow("Contacts"), "enabled", 0)
		frappe.clear_cache(doctype="Field Mapping")
		doc.reload()
		doc.unsubscribed = 1
		doc.save()
		self.send_all()
		(event,) = self.events(field_mapping=self.flow("Unsubscribed contacts"))[-1:]
		self.assertEqual((event.status, event.outcome), ("Failed", "record_gone"), self.history())

	def test_an_unsubscribed_lead_is_told_at_the_first_meeting(self):
		self.connect("Contacts", switch_on=False)
		doc = self.contact()
		self.commit()
		self.fake.leave(self.fake.join(self.mail(), FNAME="Jane", LNAME="Alder", PHONE="+1 555 0100"))
		self.switch_on()
		self.pull("Contacts")
		doc.reload()
		self.assertTrue(doc.unsubscribed)

	@proves("Changed on both sides")
	def test_edits_of_different_fields_are_joined(self):
		self.connect("Contacts")
		doc = self.contact()
		self.send()
		self.fake.change(self.member()["id"], LNAME="Outside", FNAME="Older")
		doc.reload()
		doc.first_name = "Newer"
		doc.save()
		self.commit()
		self.pull("Contacts")
		self.send_all()
		doc.reload()
		merge = self.member()["merge_fields"]
		self.assertEqual((doc.first_name, doc.last_name), ("Newer", "Outside"), self.history())
		self.assertEqual((merge["FNAME"], merge["LNAME"]), ("Newer", "Outside"))

	@proves("Deleted here")
	def test_a_contact_that_is_deleted_is_archived(self):
		self.connect("Contacts")
		doc = self.contact()
		self.send()
		doc.delete()
		self.send()
		self.assertEqual(self.member()["status"], "archived")

	def test_a_lead_that_is_deleted_leaves_the_member_to_the_contact_of_the_same_address(self):
		self.connect("Contacts", "Leads")
		lead = self.lead()
		self.send_all()
		# That ERPNext made of the lead, and that has become one of a customer as well.
		name = frappe.db.get_value("Contact", {"email_id": self.mail("lea")})
		doc = frappe.get_doc("Contact", name)
		doc.append("links", {"link_doctype": "Customer", "link_name": self.customer().name})
		doc.save()
		self.send_all()
		lead.reload().delete()
		self.send_all()
		self.assertEqual(self.member(self.mail("lea"))["status"], "subscribed", self.history())
		frappe.delete_doc("Contact", name)
		self.send_all()
		self.assertEqual(self.member(self.mail("lea"))["status"], "archived", self.history())

	@proves("Tags out")
	def test_tags_follow_the_group_and_others_stay(self):
		self.connect("Customers", "Tags of customers")
		customer = self.customer(email_id=self.mail("shop"))
		self.send_all()
		member = self.member(self.mail("shop"))
		self.fake.tags[member["id"]].add("VIP")
		group = make.leaf("Customer Group")
		self.assertEqual(
			self.fake.tags[member["id"]], {f"Group: {group}", f"Territory: {customer.territory}", "VIP"}
		)
		other = frappe.get_all(
			"Customer Group", {"is_group": 0, "name": ("!=", group)}, pluck="name", limit=1
		)[0]
		customer.reload()
		customer.customer_group = other
		customer.save()
		self.send_all()
		self.assertEqual(
			self.fake.tags[member["id"]], {f"Group: {other}", f"Territory: {customer.territory}", "VIP"}
		)
		self.assert_all_done()

	@proves("Notes out")
	def test_a_comment_becomes_a_note(self):
		self.connect("Contacts", "Notes of contacts")
		doc = self.contact()
		self.send()
		self.comment(doc, "<p>Likes <b>oak</b>.</p>")
		self.send_all()
		self.assertEqual(self.fake.notes, {self.member()["id"]: ["Likes oak."]})

	def test_a_refused_address_fails_with_the_reason(self):
		self.connect("Contacts")
		self.contact(email="jane@example.invalid")
		self.send()
		self.assertIn("looks fake", self.event().error)


class TestWebhooks(MailchimpCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Contacts")
		self.register()

	@proves("Webhooks registered and removed")
	def test_one_webhook_with_a_secret_in_its_address(self):
		(hook,) = self.fake.webhooks.values()
		self.assertIn("?secret=", hook["url"])
		self.assertFalse(hook["sources"]["api"])
		self.register()
		self.assertEqual(len(self.fake.webhooks), 1)
		self.assertEqual(webhooks.remove(self.account).failed, {})
		self.assertEqual(self.fake.webhooks, {})

	@proves("Change in by webhook", "Webhook twice, one effect")
	def test_an_unsubscribe_a_change_and_a_new_address_come_by_webhook(self):
		doc = self.contact()
		self.send()
		id_ = self.member()["id"]
		self.fake.change(id_, FNAME="Joan")
		(hook,) = self.fake.webhooks.values()
		self.fake.deliver(
			hook["url"],
			"profile",
			{"email": self.mail(), "list_id": LIST, "id": id_[:10], "merges": {"FNAME": "Joan"}},
		)
		self.work()
		doc.reload()
		self.assertEqual((doc.first_name, len(self.events(direction="Incoming"))), ("Joan", 1))
		new = self.fake.move(id_, self.mail("joan"))
		self.work()
		doc.reload()
		self.assertEqual((doc.email_id, self.id_of(doc, PERSON)), (self.mail("joan"), new), self.history())
		self.fake.leave(new)
		self.work()
		doc.reload()
		self.assertTrue(doc.unsubscribed)
		self.assertEqual(set(self.fake.answers), {200})
		self.assert_all_done()

	@proves("Deleted outside")
	def test_a_member_that_is_deleted_is_reported(self):
		self.contact()
		self.send()
		(hook,) = self.fake.webhooks.values()
		self.fake.members.clear()
		told = {"email": self.mail(), "list_id": LIST, "action": "delete", "reason": "manual"}
		self.assertEqual(self.fake.deliver(hook["url"], "unsubscribe", told), 200)
		self.work()
		self.assertEqual(self.statuses(direction="Incoming"), ["On Hold"])

	def test_another_secret_is_refused(self):
		(hook,) = self.fake.webhooks.values()
		address = hook["url"].split("?")[0] + "?secret=guessed"
		self.assertEqual(
			self.fake.deliver(address, "unsubscribe", {"email": self.mail(), "list_id": LIST}), 401
		)
		self.assertEqual(self.events(), [])
