"""What every CRM of the table has to show, in words of no vendor: run by the suite of each, see `crm_case`."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, LEAD, PERSON, CrmCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.system_case import CLERK


class AccountProofs(CrmCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		told = self.connect_all()
		self.assertTrue(all(asked["help"] for asked in told["inputs"]))

	@proves("Several pages", "Changes only")
	def test_pages_first_and_then_changes_alone(self):
		self.connect_for(COMPANY)
		self.in_small_pages(self.flows[COMPANY][0])
		ids = [self.there(COMPANY, name=f"Oak {number} {self.mark}") for number in range(5)]
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		self.assertEqual(len({self.here(COMPANY, id_).name for id_ in ids}), 5)
		before = len(self.events())
		self.alter(COMPANY, ids[2], site="https://oak.example.com")
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		self.assertEqual(self.here(COMPANY, ids[2]).website, "https://oak.example.com")
		self.assertEqual(len(self.events()), before + 1)
		self.assert_all_done()

	@proves("Throttled", "Error 500 survived")
	def test_a_pull_goes_on_after_a_throttle_and_an_error(self):
		self.connect_for(COMPANY)
		ids = [self.there(COMPANY, name=f"Oak {number} {self.mark}") for number in range(2)]
		for status in (429, 500):
			self.fake.trouble(status)
			self.assertEqual(self.pull_of(COMPANY).status, "Retrying", self.history())
			self.later()
			frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
			self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		for id_ in ids:
			self.here(COMPANY, id_)

	@proves("Compared equal")
	def test_compared_equal_until_something_changes_outside(self):
		self.connect_for(COMPANY)
		ids = [self.there(COMPANY, name=f"Oak {number} {self.mark}") for number in range(2)]
		self.pull_of(COMPANY)
		# Customers of other tests are not there.
		missing_there = self.compared(self.flows[COMPANY][0])
		self.assertEqual((missing_there[0], *missing_there[2:]), (0, 0, 0))
		self.alter(COMPANY, ids[0], site="https://changed.example.com")
		self.there(COMPANY, name=f"New {self.mark}")
		now = self.compared(self.flows[COMPANY][0])
		self.assertEqual((now[0], now[2], now[3]), (1, 1, 0))

	@proves("Two accounts never mixed")
	def test_two_accounts_with_the_same_ids(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		first = self.fake
		found = []
		for name, fake, of in (("One", first, self.company), ("Two", second, other_company())):
			self.fake = fake
			self.connect_for(COMPANY, DEAL, name=name, fake=fake, company=of)
			company = self.there(COMPANY, name=f"{name} {self.mark}")
			deal = self.there(
				DEAL, name=f"Deal of {name}", amount="100", stage="new", close="2026-12-31", company=company
			)
			self.pull_of(COMPANY, name)
			self.pull_of(DEAL, name)
			found.append((company, deal, of))
		self.assertEqual(found[0][:2], found[1][:2])
		docs = [self.here(DEAL, deal, name) for name, (_, deal, _) in zip(("One", "Two"), found, strict=True)]
		self.assertEqual([doc.company for doc in docs], [of for _, _, of in found])
		self.assertEqual([doc.title for doc in docs], ["Deal of One", "Deal of Two"])
		self.assertNotEqual(docs[0].party_name, docs[1].party_name)


class KnownPeopleProofs(CrmCase):
	"""Of a system that knows a person by the e-mail address."""

	def test_a_contact_that_is_there_already_is_linked_and_updated(self):
		self.connect_for(PERSON)
		id_ = self.there(PERSON, first="J", last="Alder", email=self.mail())
		doc = self.contact()
		self.send_all()
		self.assertEqual(self.id_of(doc, PERSON), id_)
		self.assertEqual(self.said(PERSON, id_)["first"], "Jane")


class RecordProofs(CrmCase):
	@proves("Companies in")
	def test_a_company_becomes_a_customer(self):
		self.connect_for(COMPANY)
		id_ = self.there(COMPANY, name=f"Oak {self.mark}", site="https://oak.example.com")
		self.pull_of(COMPANY)
		doc = self.here(COMPANY, id_)
		self.assertEqual(
			(doc.customer_name, doc.website, doc.customer_type),
			(f"Oak {self.mark}", "https://oak.example.com", "Company"),
		)
		self.assert_all_done()

	@proves("Companies out")
	def test_a_customer_becomes_a_company_and_its_change_follows(self):
		self.connect_for(COMPANY)
		doc = self.customer(website="https://birch.example.com")
		self.send()
		id_ = self.id_of(doc, COMPANY)
		self.assertEqual(self.said(COMPANY, id_)["name"], doc.customer_name)
		doc.website = "https://new.example.com"
		doc.save()
		self.send()
		self.assertEqual(self.said(COMPANY, id_)["site"], "https://new.example.com")
		self.assert_all_done()

	@proves("Contacts in", "Associations")
	def test_a_contact_of_a_company(self):
		self.connect_for(COMPANY, PERSON)
		company = self.there(COMPANY, name=f"Oak {self.mark}")
		person = self.there(
			PERSON,
			first="Ida",
			last="Oak",
			email=self.mail("ida"),
			phone="+1 555 0111",
			mobile="+1 555 0122",
			company=company,
		)
		self.pull_of(COMPANY)
		self.pull_of(PERSON)
		doc = self.here(PERSON, person)
		self.assertEqual((doc.first_name, doc.last_name, doc.email_id), ("Ida", "Oak", self.mail("ida")))
		self.assertEqual((doc.phone, doc.mobile_no), ("+1 555 0111", "+1 555 0122"))
		self.assertEqual([row.link_name for row in doc.links], [self.here(COMPANY, company).name])
		self.alter(PERSON, person, email=self.mail("ida.oak"), mobile="+1 555 0133")
		self.pull_of(PERSON)
		doc.reload()
		self.assertEqual(
			(doc.email_id, doc.phone, doc.mobile_no), (self.mail("ida.oak"), "+1 555 0111", "+1 555 0133")
		)
		self.assert_all_done()

	@proves("Contacts out", "Associations")
	def test_a_contact_goes_out_with_its_company(self):
		self.connect_for(COMPANY, PERSON, "ties")
		customer = self.customer()
		doc = self.contact(customer.name)
		self.send_all()
		id_ = self.id_of(doc, PERSON)
		said = self.said(PERSON, id_)
		self.assertEqual(
			(said["first"], said["last"], said["email"], said["mobile"]),
			("Jane", "Alder", self.mail(), "+1 555 0199"),
		)
		self.assertEqual(said["company"], self.id_of(customer, COMPANY))

	@proves("Leads in", "Leads out")
	def test_leads_both_ways(self):
		self.connect_for(LEAD)
		id_ = self.there(LEAD, first="Ida", last="Oak", email=self.mail("ida"), employer="Oak & Co")
		self.pull_of(LEAD)
		doc = self.here(LEAD, id_)
		self.assertEqual(
			(doc.first_name, doc.email_id, doc.company_name), ("Ida", self.mail("ida"), "Oak & Co")
		)
		mine = self.lead()
		self.send()
		said = self.said(LEAD, self.id_of(mine, LEAD))
		self.assertEqual(
			(said["last"], said["email"], said["employer"]), ("Elm", self.mail("lea"), "Elm & Co")
		)
		doc.reload()
		doc.company_name = "Oak and Sons"
		doc.save()
		self.send()
		self.assertEqual(self.said(LEAD, id_)["employer"], "Oak and Sons")
		self.assert_all_done()

	@proves("Deals in", "Associations")
	def test_a_deal_becomes_an_opportunity_and_is_won(self):
		self.connect_for(COMPANY, DEAL)
		company = self.there(COMPANY, name=f"Oak {self.mark}")
		deal = self.there(
			DEAL, name="Tables", amount="980.5", stage="new", close="2026-12-24", company=company
		)
		self.pull_of(COMPANY)
		self.pull_of(DEAL)
		doc = self.here(DEAL, deal)
		self.assertEqual(
			(doc.opportunity_from, doc.party_name), ("Customer", self.here(COMPANY, company).name)
		)
		self.assertEqual(
			(doc.title, doc.opportunity_amount, str(doc.expected_closing)), ("Tables", 980.5, "2026-12-24")
		)
		self.assertEqual((doc.sales_stage, doc.status), ("Prospecting", "Open"))
		self.alter(DEAL, deal, stage="won")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual(doc.status, "Converted")
		for _ in range(2):
			self.send()
			self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.status, self.said(DEAL, deal)["stage"]), ("Converted", "won"))
		self.assert_all_done()

	@proves("Deals out")
	def test_an_opportunity_becomes_a_deal_of_its_company_and_is_lost(self):
		self.connect_for(COMPANY, DEAL)
		customer = self.customer()
		doc = self.opportunity(customer.name)
		self.send_all()
		id_ = self.id_of(doc, DEAL)
		said = self.said(DEAL, id_)
		self.assertEqual(
			(said["name"], float(said["amount"]), said["close"][:10]), (doc.title, 1200.0, "2026-12-31")
		)
		self.assertEqual((said["stage"], said["company"]), ("qualified", self.id_of(customer, COMPANY)))
		doc.reload()
		doc.status = "Lost"
		doc.save()
		self.send()
		self.assertEqual(self.said(DEAL, id_)["stage"], "lost")
		self.assert_all_done()

	@proves("Known by match keys")
	def test_a_contact_that_both_sides_know_is_one(self):
		self.connect_for(COMPANY, PERSON, switch_on=False)
		doc = self.contact()
		self.commit()
		id_ = self.there(
			PERSON,
			first="Jane",
			last="Alder",
			email=self.mail().upper(),
			phone="+1 555 0100",
			mobile="+1 555 0199",
		)
		self.switch_on()
		self.pull_of(PERSON)
		self.assertEqual(frappe.db.count("Contact", {"email_id": self.mail()}), 1)
		self.assertEqual(self.id_of(doc, PERSON), id_)

	@proves("Changed on both sides")
	def test_of_two_edits_of_one_field_the_newer_stands(self):
		self.connect_for(COMPANY)
		doc = self.customer(website="https://a.example.com")
		self.send()
		id_ = self.id_of(doc, COMPANY)
		self.alter(COMPANY, id_, site="https://older.example.com", name=f"Renamed {self.mark}")
		doc.reload()
		doc.website = "https://newer.example.com"
		doc.save()
		self.commit()
		self.pull_of(COMPANY)
		self.send_all()
		doc.reload()
		self.assertEqual(
			(doc.website, self.said(COMPANY, id_)["site"]), ("https://newer.example.com",) * 2, self.history()
		)
		self.assertEqual((doc.customer_name, self.said(COMPANY, id_)["name"]), (f"Renamed {self.mark}",) * 2)

	@proves("Change here does not come back")
	def test_what_was_sent_changes_nothing_when_it_is_pulled(self):
		self.connect_for(COMPANY)
		doc = self.customer()
		self.send()
		doc.reload()
		before = doc.modified
		self.pull_of(COMPANY)
		self.send()
		doc.reload()
		self.assertEqual(doc.modified, before)
		self.assertEqual([row.status for row in self.events(direction="Outgoing")], ["Delivered"])

	@proves("Batch of which one is refused")
	def test_of_three_in_a_request_only_the_wrong_one_fails(self):
		self.connect_for(LEAD)
		leads = [self.lead(email_id=self.mail(name)) for name in ("a", "b", "c")]
		wrong = leads[1]
		self.fake.refused_mail = wrong.email_id
		self.send_all()
		failed = [row.reference_name for row in self.events(status="Failed")]
		self.assertEqual(failed, [wrong.name], self.history())
		for doc in (leads[0], leads[2]):
			self.assertEqual(self.said(LEAD, self.id_of(doc, LEAD))["email"], doc.email_id)
		self.assertIn(3, self.fake.batches)

	@proves("Unsubscribed outside stays")
	def test_who_opted_out_is_unsubscribed_here_and_stays_so_there(self):
		self.connect_for(LEAD)
		doc = self.lead()
		self.send()
		id_ = self.id_of(doc, LEAD)
		self.opt_out(id_)
		self.pull_of(LEAD)
		doc.reload()
		self.assertTrue(doc.unsubscribed)
		doc.unsubscribed = 0
		doc.company_name = "Another"
		doc.save()
		self.send()
		self.assertEqual((self.said(LEAD, id_)["employer"], self.is_opted_out(id_)), ("Another", True))

	@proves("Answer lost after the work was done")
	def test_a_lost_answer_makes_no_second_record(self):
		self.connect_for(COMPANY)
		doc = self.customer()
		self.fake.lose_answer()
		self.send()
		self.assertEqual(self.statuses(direction="Outgoing"), ["Retrying"], self.history())
		self.later()
		self.send()
		self.assertEqual(self.said(COMPANY, self.id_of(doc, COMPANY))["name"], doc.customer_name)
		self.assertEqual(self.count_there(COMPANY), 1)

	@proves("Deleted here")
	def test_a_customer_that_is_deleted_is_deleted_there(self):
		self.connect_for(COMPANY)
		doc = self.customer()
		self.send()
		id_ = self.id_of(doc, COMPANY)
		doc.delete()
		self.send()
		self.assertTrue(self.gone(COMPANY, id_))

	@proves("Deleted outside")
	def test_a_company_that_is_deleted_outside_is_reported_or_disabled(self):
		self.connect_for(COMPANY)
		for what, disabled, status in (("Report", 0, "On Hold"), ("Disable", 1, "Processed")):
			frappe.db.set_value("Field Mapping", self.flow(self.flows[COMPANY][0]), "on_remote_delete", what)
			frappe.clear_cache(doctype="Field Mapping")
			id_ = self.there(COMPANY, name=f"Oak {what} {self.mark}")
			self.hear(COMPANY)
			doc = self.here(COMPANY, id_)
			self.vanish(COMPANY, id_)
			self.hear(COMPANY)
			doc.reload()
			self.assertEqual((doc.disabled, self.events()[-1].status), (disabled, status), self.history())

	@proves("Notes out")
	def test_a_comment_becomes_a_note_of_its_deal(self):
		self.connect_for(COMPANY, DEAL, "notes")
		doc = self.opportunity(self.customer().name)
		self.send_all()
		self.comment(doc, "They want them in oak.")
		self.send_all()
		self.assertEqual(len(self.notes_of(self.id_of(doc, DEAL))), 1, self.history())
		self.assertIn("in oak", self.notes_of(self.id_of(doc, DEAL))[0])
		self.assert_all_done()

	@proves("Notes in")
	def test_a_note_of_a_deal_becomes_one_comment_in_the_name_of_the_accounts_user(self):
		self.connect_for(COMPANY, DEAL, "notes", "notes in")
		doc = self.opportunity(self.customer().name)
		self.send_all()
		self.comment(doc, "Ours")
		self.send_all()
		self.note_there(
			self.id_of(doc, DEAL), 'In oak, <span class="mention" data-id="Administrator">@A</span>'
		)
		for _ in range(2):
			self.assertEqual(self.pull_of("notes in").status, "Idle", self.history())
			self.send_all()
		about = {"reference_doctype": doc.doctype, "reference_name": doc.name, "comment_type": "Comment"}
		found = frappe.get_all("Comment", about, ["content", "owner", "comment_email"], order_by="creation")
		self.assertEqual(len(found), 2, self.history())
		self.assertIn("In oak", found[1].content)
		self.assertNotIn("data-id", found[1].content)
		self.assertEqual((found[1].owner, found[1].comment_email), (CLERK, CLERK))
		self.assertEqual(len(self.notes_of(self.id_of(doc, DEAL))), 2, self.history())
		self.assert_all_done()
