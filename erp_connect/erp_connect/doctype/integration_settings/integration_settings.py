import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.config import account, authentication, secrets
from erp_connect.core.durations import parse_durations
from erp_connect.core.egress import check_url
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions import compile_expression
from erp_connect.core.template import join_url
from erp_connect.messages import throw
from erp_connect.outbound import subscriptions
from erp_connect.outbound.connection import site_policy
from erp_connect.store import state
from erp_connect.transport.client import HttpClient

EXPRESSIONS = ("success_expression", "error_expression", "base_url_expression", "login_token_expression")


class IntegrationSettings(Document):
	def validate(self) -> None:
		try:
			self.validate_addresses()
			self.validate_expressions()
			parse_durations(self.retry_schedule or "5s")
			account.from_document(self)
			self.validate_authentication()
		except ConnectError as error:
			throw(error, title=_("Account cannot be saved"))
		self.remind_of_signing_secret()

	def validate_addresses(self) -> None:
		for fieldname in ("base_url", "sandbox_base_url"):
			if self.get(fieldname):
				self.set(fieldname, self.get(fieldname).strip().rstrip("/"))
				check_url(self.get(fieldname), site_policy())
				join_url(self.get(fieldname), "/")

	def validate_expressions(self) -> None:
		for fieldname in EXPRESSIONS:
			if text := (self.get(fieldname) or "").strip():
				compile_expression(text)

	def validate_authentication(self) -> None:
		if self.enabled and self.auth_type and not self.auth_type.startswith("OAuth 2"):
			authentication.of_account(self, HttpClient(site_policy()))

	def remind_of_signing_secret(self) -> None:
		if self.sign_requests and self.enabled and not secrets.read(self, "signing_secret"):
			frappe.msgprint(
				_(
					"Deliveries are not signed until a signing secret is set: press Actions → New Signing Secret."
				),
				indicator="orange",
				alert=True,
			)

	def on_update(self) -> None:
		state.create(self.name)
		if any(self.has_value_changed(field) for field in ("enabled", "company")):
			subscriptions.rebuild()

	def on_trash(self) -> None:
		state.remove(self.name)

	def after_delete(self) -> None:
		subscriptions.rebuild()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		subscriptions.rebuild()
