"""The documents here for each of which a pull asks for records, page by page, as a list of parents.

They are read as the account's user, by his roles, User Permissions and permission levels: what he may not read is not
asked for.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect import compat
from erp_connect.config.account import Account
from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.paging import page as styles
from erp_connect.core.paging.page import PageFacts, Paging
from erp_connect.core.paging.parents import Documents
from erp_connect.core.payload.serialise import normalise
from erp_connect.jobs.steps import Steps
from erp_connect.pull.source import Page

# What is kept of them is written again with each page of records.
SIZE = 50


class DocumentList:
	"""Goes the way of a `Source` for parents, in the order of their names, and asks nothing outside."""

	paging = Paging(style=styles.LAST_ID, size=SIZE)

	def __init__(self, account: Account, documents: Documents) -> None:
		self.account = account
		self.documents = documents

	def ask(self, position: dict) -> Steps[Page]:
		"""The page of documents at `position`. Raises `ConnectError` where they cannot be listed."""
		yield from ()
		found = self._listed(position.get("at"))
		kept = self.documents.records.search(self._told(found)) if self.documents.records else found
		if not isinstance(kept, list):
			raise ConfigurationError(
				"Parents in the answer gives no list of the documents. Write for example {example}.",
				code="no_records",
				example="[].{name: name, number: tracking_number}",
			)
		return Page(None, records=kept, held=found)

	def _told(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
		"""The documents as the expression sees them: with the account, so that it may leave out those of another one."""
		account = {"name": self.account.name, "company": self.account.company}
		return [{**document, "_account": account} for document in found]

	def facts(self, page: Page) -> PageFacts:
		return PageFacts(records=page.held, ids=[document["name"] for document in page.held])

	def _listed(self, after: Any) -> list[dict[str, Any]]:
		doctype = self.documents.doctype
		filters = [list(row) for row in self.documents.filters]
		if after is not None:
			filters.append([doctype, "name", ">", after])
		try:
			with compat.acting_as(self.account.user):
				rows = frappe.get_list(
					doctype,
					filters=filters,
					fields=["*"],
					order_by=f"`tab{doctype}`.name asc",
					limit_page_length=SIZE,
				)
		except frappe.PermissionError as error:
			raise ConnectError(
				"User {user} of account {account} may not read {doctype}. Give the user a role that may, or choose other "
				"documents (tab Pull).",
				code="no_permission",
				user=self.account.user,
				account=self.account.name,
				doctype=doctype,
			) from error
		return normalise([dict(row) for row in rows])
