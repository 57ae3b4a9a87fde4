import ipaddress
import time

import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.calls.connection import site_policy
from erp_connect.capture import subscriptions
from erp_connect.config import (
	account,
	authentication,
	expression_warnings,
	inputs,
	moved_links,
	preset_files,
	secret_ages,
	secret_origins,
	secrets,
	steering,
	verification,
)
from erp_connect.config.flow_check import answer_rule_problems, batches_as_json
from erp_connect.config.form_rules import keep_read_only, refuse_rows_of_others
from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.guard.egress import check_url
from erp_connect.core.values.durations import parse_durations
from erp_connect.core.values.inputs import filled_address
from erp_connect.core.verify.verification import check_secret
from erp_connect.messages import throw
from erp_connect.operate import onboarding, sweep, webhooks
from erp_connect.pull import asked
from erp_connect.store import leftovers, renames, setup_merges, state, webhook_subscriptions
from erp_connect.transport.client import HttpClient

EXPRESSIONS = (
	"success_expression", "error_expression", "retry_expression", "base_url_expression", "login_token_expression",
	"session_lifetime_expression",
)  # fmt: skip


# What was got by logging in as one of these settings holds for no other.
TOKEN_FIELDS = (
	"environment",
	"base_url",
	"sandbox_base_url",
	"auth_type",
	"connected_app",
	"base_url_expression",
	"token_url",
	"jwt_issuer",
	"jwt_subject",
	"jwt_audience",
	"jwt_claims",
)


class IntegrationSettings(Document):
	def before_validate(self) -> None:
		keep_read_only(
			self, moving=("paused", "pause_reason", "preset_sunset", "former_names", "secrets_changed")
		)
		if self.inbound_enabled and not self.endpoint_key:
			self.endpoint_key = frappe.generate_hash(length=32)

	def validate(self) -> None:
		refuse_rows_of_others(self)
		self.validate_user()
		self.note_preset()
		try:
			inputs.check(self)
			self.validate_addresses()
			self.validate_links()
			self.guard_secrets()
			secret_ages.note(self)
			self.validate_expressions()
			parse_durations(self.retry_schedule or "5s")
			account.from_document(self)
			self.validate_authentication()
			self.validate_inbound()
		except ConnectError as error:
			throw(error, title=_("Account cannot be saved"))
		self.remind_of_signing_secret()
		expression_warnings.show(self)

	def validate_user(self) -> None:
		"""Who may configure accounts does not thereby get at what other users may read or write."""
		steering.require(None if self.is_new() else self.name)
		if self.user:
			steering.require_rights_of(self.user, self.account_name)
		steering.require_fit_to_act(self.user)

	def note_preset(self) -> None:
		"""The system was chosen now, and what its preset knows was filled in."""
		if self.is_new() or self.has_value_changed("system"):
			preset = preset_files.of_account(self)
			self.preset_release = preset.release if preset else None
			self.preset_sunset = preset.sunset if preset else None

	def validate_addresses(self) -> None:
		for fieldname in ("base_url", "sandbox_base_url"):
			if self.get(fieldname):
				self.set(fieldname, self.get(fieldname).strip().rstrip("/"))
				address = filled_address(self.get(fieldname), inputs.of_document(self))
				check_url(address, site_policy())
				join_url(address, "/")

	def validate_links(self) -> None:
		"""The ids of one system are not taken for those of another one."""
		moved_links.take_choice(self)
		if self.flags.links_when_moved == moved_links.FORGET:
			self.require_no_webhooks()

	def guard_secrets(self) -> None:
		"""A secret goes only where it was entered for."""
		emptied = secret_origins.guard(self)
		self.flags.moved = emptied.moved
		if emptied.foreign:
			tell_emptied(
				_("Secrets are not copied from another record. Enter them here: {0}."), emptied.foreign
			)
		if not emptied.labels:
			return
		tell_emptied(
			_(
				"The account leads elsewhere than when its secrets were entered. They go nowhere else, so these were "
				"emptied: {0}. Enter them again (for Connected App: choose it again; for Access granted by: press Grant "
				"Access), save, and press Resume if the account is paused."
			),
			emptied.labels,
		)
		if self.enabled and not self.paused:
			self.paused = 1
			self.pause_reason = _(
				"The address was changed, and the secrets were emptied. Enter them again, save, and press Resume."
			)

	def validate_expressions(self) -> None:
		for fieldname in EXPRESSIONS:
			if text := (self.get(fieldname) or "").strip():
				compile_expression(text)
		problems = list(answer_rule_problems(self))
		if self.has_value_changed("payload_format"):
			problems += batches_as_json(self)
		if problems:
			frappe.throw(
				"<br>".join(frappe.utils.escape_html(text) for text in problems),
				title=_("Account cannot be saved"),
			)

	def validate_authentication(self) -> None:
		if self.enabled and self.auth_type and self.auth_type not in secret_origins.OAUTH:
			authentication.of_account(self, HttpClient(site_policy()))

	def validate_inbound(self) -> None:
		if not self.inbound_enabled:
			return
		if self.verification:
			scheme = verification.scheme_to_be(self)
			if secret := secrets.read(self, "verification_secret"):
				check_secret(scheme, secret, time.time())
		for network in (part.strip() for part in (self.allowed_ips or "").replace("\n", ",").split(",")):
			if network:
				_require_network(network)

	def remind_of_signing_secret(self) -> None:
		if self.sign_requests and self.enabled and not secrets.read(self, "signing_secret"):
			frappe.msgprint(
				_(
					"Deliveries are not signed until a signing secret is set: open the account and press Actions → New Signing Secret."
				),
				indicator="orange",
				alert=True,
			)

	def on_update(self) -> None:
		onboarding.tick()
		state.create(self.name)
		secret_origins.remember(self)
		moved_links.carry_out(self)
		asked.tell_of_account(self, self.get_doc_before_save())
		if self.flags.moved or any(self.has_value_changed(field) for field in TOKEN_FIELDS):
			state.forget_tokens(self.name)
		sweep.see_that_it_runs()
		if any(self.has_value_changed(field) for field in ("enabled", "company")):
			subscriptions.rebuild()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		# After a merge the flows of the one belong to the other.
		steering.require(old, new if merge else None)
		if merge:
			self.require_no_webhooks()
			try:
				setup_merges.before_account_merge(old, new)
			except ConnectError as error:
				throw(error, title=_("Accounts cannot be merged"))

	def on_trash(self) -> None:
		steering.require(self.name)
		self.require_no_webhooks()
		webhooks.forget(self.name)
		state.remove(self.name)
		leftovers.forget_account(self.name)

	def require_no_webhooks(self) -> None:
		"""What is registered outside would go on calling, and nobody here would know of it."""
		if any(row.remote_id for row in webhook_subscriptions.of_account(self.name)):
			frappe.throw(
				_(
					"Webhooks of this account are registered at the other side. Press Webhooks → Remove on its form, or "
					"Webhooks → Forget where the other side cannot be asked any more. Then repeat this."
				),
				title=_("Webhooks are registered"),
			)

	def after_delete(self) -> None:
		subscriptions.rebuild()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		renames.after_account_rename(old, new)
		subscriptions.rebuild()


def tell_emptied(text: str, labels: tuple[str, ...]) -> None:
	names = ", ".join(frappe.utils.escape_html(label) for label in labels)
	frappe.msgprint(text.format(names), title=_("Secrets were emptied"), indicator="orange")


def _require_network(text: str) -> None:
	try:
		ipaddress.ip_network(text, strict=False)
	except ValueError:
		raise ConfigurationError(
			"{text} is not an IP address or network. Write for example 192.0.2.10 or 192.0.2.0/24.",
			code="network",
			text=text,
		) from None
