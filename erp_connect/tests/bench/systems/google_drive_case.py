"""Google Drive for the proof suite: what is entered, and documents with files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.api import accounts
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.salesforce_case import keys
from erp_connect.tests.bench.systems.system import FILES, System
from erp_connect.tests.bench.systems.system_case import SystemCase
from erp_connect.tests.fakes.google_drive import INBOX, ROOT, GoogleDrive

KEY_FILE = json.dumps(
	{
		"type": "service_account",
		"client_email": "files@project.iam.gserviceaccount.com",
		"private_key": keys()[0],
		"private_key_id": "k1",
	}
)


def entries(company: str) -> Mapping[str, str]:
	return {
		"folder": ROOT,
		"documents": "Customer, Supplier",
		"folders": "kind",
		"changed": "yes",
		"removed": "trash",
		"key_file": KEY_FILE,
		"folder_in": INBOX,
		"kind_in": "Customer",
	}


GOOGLE_DRIVE = System("Google Drive", lambda: GoogleDrive(keys()[1]), entries, kind=FILES)


class GoogleDriveCase(SystemCase):
	system = GOOGLE_DRIVE

	def setUp(self) -> None:
		super().setUp()
		self.mark = make.unique("file").replace(" ", "-")

	def connect(self, *flows: str, name: str = "The Drive", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, whose login is at another place."""
		made = super().connect(*(flows or ("Files out",)), name=name, **how)
		if not how.get("auth"):
			fake = how.get("fake") or self.fake
			doc = frappe.get_doc("Integration Settings", self.account)
			doc.update({"base_url": fake.url, "token_url": f"{fake.url}/token", "jwt_key": KEY_FILE})
			doc.save()
			accounts.resume(name)
			self.commit()
		return made

	def in_parts_of(self, kib: int) -> None:
		frappe.db.set_value(
			"Field Mapping Request",
			{"parent": self.flow("Files out"), "upload": "In Parts"},
			"part_size",
			kib,
		)
		frappe.db.set_value("Field Mapping", self.flow("Files out"), "modified", frappe.utils.now())
		frappe.clear_cache(doctype="Field Mapping")
		self.commit()

	def customer(self) -> Any:
		return make.customer()

	def customer_called(self, name: str) -> Any:
		doc = make.customer(customer_name=name)
		self.commit()
		return doc

	def attach(self, doc: Any, name: str, content: bytes, **values: Any) -> Any:
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": name,
				"attached_to_doctype": doc.doctype,
				"attached_to_name": doc.name,
				"is_private": 1,
				"content": content,
				**values,
			}
		).insert()
		self.commit()
		return file

	def send(self) -> None:
		"""All that is due, and what waits after it."""
		for _ in range(3):
			self.deliver(self.account)

	def there(self, file: Any) -> dict[str, Any]:
		"""The one file outside that a file here became."""
		found = [
			one
			for one in self.fake.files.values()
			if one.get("appProperties", {}).get("erp_connect_file") == file.name
		]
		self.assertEqual(len(found), 1, self.history())
		return found[0]

	def folders(self) -> list[str]:
		return [one["name"] for one in self.fake.below() if one["mimeType"].endswith(".folder")]
