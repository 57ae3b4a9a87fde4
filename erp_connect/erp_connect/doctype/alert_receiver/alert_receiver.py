import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.calls.connection import site_policy
from erp_connect.config import secrets, steering
from erp_connect.config.form_rules import keep_read_only
from erp_connect.core.errors import ConnectError
from erp_connect.core.guard.egress import ParsedUrl, check_url
from erp_connect.messages import throw
from erp_connect.operate import onboarding
from erp_connect.operate.alerts import sender


class AlertReceiver(Document):
	def before_validate(self) -> None:
		keep_read_only(self, moving=("digest_made_on", "title"))

	def validate(self) -> None:
		self.require_account()
		if self.channel == "E-mail":
			self.require_email()
			self.title = self.email
		else:
			# The host alone: what follows it is often a secret.
			self.title = self.checked_address().host

	def require_account(self) -> None:
		"""What is told of an account says what its user read and wrote; of all accounts, what all of them did."""
		before = self.get_doc_before_save()
		for integration in {self.integration, before.integration} if before else {self.integration}:
			require_rights(integration)

	def require_email(self) -> None:
		if not self.email:
			frappe.throw(_("Enter the e-mail address that alerts go to."), frappe.MandatoryError)
		if self.sender and self.has_value_changed("sender"):
			frappe.has_permission("Email Account", "read", doc=self.sender, throw=True)
			self.require_sender()

	def require_sender(self) -> None:
		try:
			sender.address_of(self.sender)
		except ConnectError as error:
			throw(error, title=_("Receiver cannot be saved"))

	def checked_address(self) -> ParsedUrl:
		try:
			# As it stands there: the name of another secret is no address.
			return check_url(secrets.stored(self, "address"), site_policy())
		except ConnectError as error:
			throw(error, title=_("Receiver cannot be saved"))

	def on_update(self) -> None:
		onboarding.tick()

	def on_trash(self) -> None:
		require_rights(self.integration)


def require_rights(integration: str | None) -> None:
	"""Raise `frappe.PermissionError` unless the session's user may have alerts of an account, or of all, sent."""
	steering.require(integration)
	if integration:
		return
	if frappe.session.user != "Administrator" and "System Manager" not in frappe.get_roles():
		frappe.throw(
			_("Only a System Manager may have alerts of all accounts sent. Choose an account."),
			frappe.PermissionError,
		)
