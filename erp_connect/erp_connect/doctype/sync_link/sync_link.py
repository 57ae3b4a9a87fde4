from frappe.model.document import Document

from erp_connect.config import steering
from erp_connect.config.form_rules import keep_read_only
from erp_connect.core.mapping import arrival

# Given when a link is made by hand, and never changed.
IDENTITY = ("integration", "remote_entity", "document_type", "document_name", "external_url")

# What the last exchange said of the record that a link led to.
OF_RECORD = (
	"external_url", "remote_version", "etag", "gone_at", "synced_values", "received_hash", "sent_state",
)  # fmt: skip


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
		before = self.get_doc_before_save()
		if before and before.external_id and before.external_id != self.external_id:
			# Of another record nothing is known: held against what the one before had, its states would be old news.
			self.update({**dict.fromkeys(OF_RECORD), "details": arrival.without(self.details)})
