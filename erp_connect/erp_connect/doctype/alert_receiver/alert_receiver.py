import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.calls.connection import site_policy
from erp_connect.config import secrets
from erp_connect.core.errors import ConnectError
from erp_connect.core.guard.egress import ParsedUrl, check_url
from erp_connect.messages import throw


class AlertReceiver(Document):
	def validate(self) -> None:
		self.require_account()
		if self.channel == "E-mail":
			self.require_email()
			self.title = self.email
		else:
			# The host alone: what follows it is often a secret.
			self.title = self.checked_address().host

	def require_account(self) -> None:
		"""What is told of all accounts is for those whom no company and no account is hidden from."""
		before = self.get_doc_before_save()
		if not self.integration or (before and not before.integration):
			require_system_manager()

	def require_email(self) -> None:
		if not self.email:
			frappe.throw(_("Enter the e-mail address that alerts go to."), frappe.MandatoryError)
		if self.sender and self.has_value_changed("sender"):
			frappe.has_permission("Email Account", "read", doc=self.sender, throw=True)

	def checked_address(self) -> ParsedUrl:
		try:
			# As it stands there: the name of another secret is no address.
			return check_url(secrets.stored(self, "address"), site_policy())
		except ConnectError as error:
			throw(error, title=_("Receiver cannot be saved"))

	def on_trash(self) -> None:
		if not self.integration:
			require_system_manager()


def require_system_manager() -> None:
	if frappe.session.user != "Administrator" and "System Manager" not in frappe.get_roles():
		frappe.throw(
			_("Only a System Manager may have alerts of all accounts sent. Choose an account."),
			frappe.PermissionError,
		)
