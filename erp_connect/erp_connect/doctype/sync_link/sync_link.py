from frappe.model.document import Document

from erp_connect.config import steering
from erp_connect.config.form_rules import keep_read_only

# Given when a link is made by hand, and never changed.
IDENTITY = ("integration", "remote_entity", "document_type", "document_name", "external_url")


class SyncLink(Document):
	def before_validate(self) -> None:
		keep_read_only(self, once=IDENTITY, moving=("seen_at", "gone_at"))

	def validate(self) -> None:
		"""A link decides which document an outside record is written into, by the account's user."""
		steering.require(self.integration)

	def on_trash(self) -> None:
		steering.require(self.integration)

	def before_save(self) -> None:
		# The unique index counts an empty text as an id, NULL as none.
		self.external_id = (self.external_id or "").strip() or None
