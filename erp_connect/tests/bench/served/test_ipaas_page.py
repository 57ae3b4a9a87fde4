"""The requests of docs/ipaas.md, run in their order by bash and curl as they stand there, with the answers they show."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import frappe
import jmespath

from erp_connect.served import background
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import tools
from erp_connect.tests.bench.ipaas_case import API, CALLBACK, LEADS, PROVIDER, USER, IpaasTestCase, Person

PAGE = Path(__file__).parents[4] / "docs" / "ipaas.md"
BLOCK = re.compile(r"^```(bash|text|json)( \w+)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
STATUS = re.compile(r"^# → (\d{3})\n", re.MULTILINE)
SITE_USER = "alumio@your.company"  # as the page calls it
COMPANY = "Alder & Birch"
# What later requests need from the answer of one.
KEPT = {
	"token": {"ACCESS_TOKEN": "access_token", "REFRESH_TOKEN": "refresh_token"},
	"refresh": {"ACCESS_TOKEN": "access_token"},
	"subscribe": {"LEAD": "data[0].name", "SINCE": "data[1].modified"},
	"create": {"LEAD": "data.name"},
	"export": {"JOB": "job"},
	"hook": {"HOOK": "id"},
	"list": {"NEXT": "next", "SINCE": "records[1].modified"},
}
VERIFIER = "a-verifier-of-forty-three-characters-or-more-4711"
CURL = 'silent\nshow-error\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n'


def blocks() -> list[tuple[str, str, str, Any]]:
	"""(kind, name, text, answer shown) of the page's requests, in their order."""
	found, requests = BLOCK.findall(PAGE.read_text("utf-8")), []
	for (kind, name, text), (next_kind, next_name, shown) in zip(
		found, [*found[1:], ("", "", "")], strict=True
	):
		if kind in ("bash", "text") and name:
			answer = json.loads(shown) if next_kind == "json" and not next_name else None
			requests.append((kind, name.strip(), text, answer))
	return requests


def fits(shown: Any, answer: Any) -> bool:
	"""Whether an answer has everything that the page shows of it; … stands for any text."""
	if isinstance(shown, dict):
		return isinstance(answer, dict) and all(
			key in answer and fits(value, answer[key]) for key, value in shown.items()
		)
	if isinstance(shown, list):
		return isinstance(answer, list) and len(shown) == len(answer) and all(map(fits, shown, answer))
	return (isinstance(answer, str) and bool(answer)) if shown == "…" else shown == answer


class TestPage(IpaasTestCase):
	def setUp(self) -> None:
		super().setUp()
		if not shutil.which("curl"):
			tools._missing("ERP_CONNECT_REQUIRE_TOOLS", "there is no curl")
		self.forget_leads()
		self.addCleanup(self.forget_leads)
		make.account(self.receiver.url(), "Integration platform", user=USER, inbound_enabled=1)
		make.offer("Lead Details", account="Integration platform")
		self.lead_flow("Integration platform", allow_delete=1)
		for first, last in (("Ann", "Lee"), ("Bob", "May"), ("Cid", "Orr")):
			self.lead(last, first_name=first, company_name=COMPANY)
		self.commit()
		self.folder = tempfile.TemporaryDirectory()
		self.addCleanup(self.folder.cleanup)
		(Path(self.folder.name) / ".curlrc").write_text(CURL)
		challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
		self.known = {
			"ERP": self.site.url,
			"AUTH": self.keys.headers["Authorization"],
			"CLIENT_ID": self.client["client_id"],
			"CLIENT_SECRET": self.client["client_secret"],
			"REDIRECT_URI": CALLBACK,
			"STATE": "a-state",
			"VERIFIER": VERIFIER,
			"COMPANY": frappe.db.get_value("Company", {}),
			"TODAY": frappe.utils.today(),
			"HOOKS": self.receiver.url().rstrip("/"),
			"CHALLENGE": challenge.decode().rstrip("="),
		}

	def forget_leads(self) -> None:
		frappe.db.rollback()
		for name in frappe.get_all("Lead", {"company_name": COMPANY}, pluck="name"):
			frappe.delete_doc("Lead", name)
		self.commit()

	def test_every_request_does_what_the_page_says(self):
		names = []
		for kind, name, text, shown in blocks():
			with self.subTest(name):
				if kind == "text":
					self.grant(self.filled(text))
				else:
					self.run_as_written(name, text, shown)
			names.append(name)
		self.assertEqual(len(set(names)), len(names))
		self.assertGreater(len(names), 18)
		self.assertTrue(set(KEPT) <= set(names))
		frappe.db.rollback()
		left = frappe.get_all("Lead", {"company_name": COMPANY}, pluck="first_name", order_by="creation")
		self.assertEqual(left, ["Ann", "Bob", "Cid", "Dora"])

	def test_the_page_names_every_address_it_is_about(self):
		text = PAGE.read_text("utf-8")
		for word in (
			"HTTP client",
			"Subscriber",
			"Publisher",
			"Path and Query",
			"Payload",
			"transformer",
			"pagination",
		):
			self.assertIn(word, text)
		for address in (LEADS, f"{PROVIDER}authorize", f"{PROVIDER}get_token", f"{PROVIDER}revoke_token"):
			self.assertIn(address, text)
		for call in (
			"upsert",
			"bulk_upsert",
			"get",
			"list",
			"delete",
			"describe",
			"openapi",
			"report",
			"export",
		):
			self.assertIn(f"$ERP{API}{call}", text)

	def filled(self, text: str) -> str:
		return re.sub(r"\$([A-Z_]+)", lambda found: self.known[found[1]], text).strip()

	def grant(self, address: str) -> None:
		"""A person opens the address of the page and presses Allow."""
		query = parse_qs(urlsplit(Person(self.site.url, USER).allow(address)).query)
		self.assertEqual(query["state"], ["a-state"])
		self.known["CODE"] = query["code"][0]

	def run_as_written(self, name: str, text: str, shown: Any) -> None:
		done = subprocess.run(
			["bash", "-euo", "pipefail", "-c", text],
			env={"PATH": os.environ["PATH"], "HOME": self.folder.name, **self.known},
			capture_output=True,
			text=True,
			timeout=60,
			stdin=subprocess.DEVNULL,
		)
		body, _, status = done.stdout.rpartition("\n")
		self.assertEqual([status], STATUS.findall(text), f"{name}: {done.stderr} {body[:600]}")
		answer = json.loads(body.replace(USER, SITE_USER))
		self.assertTrue(shown is None or fits(shown, answer), f"{name} answers {body[:1500]}")
		for variable, place in KEPT.get(name, {}).items():
			self.known[variable] = str(jmespath.search(place, answer))
		if name == "export":
			background.run(self.known["JOB"])
