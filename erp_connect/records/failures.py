"""What a caller of the API is told when something goes wrong: one shape, and never more than it may know."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.permissions import get_user_permissions
from pydantic import ValidationError

from erp_connect.core.errors import AGAIN, ConnectError, Told, Whole
from erp_connect.core.parse import database_errors, refused_fields
from erp_connect.core.parse.limits import InputError
from erp_connect.core.values.html import without_markup
from erp_connect.messages import translate
from erp_connect.records import plain_words
from erp_connect.records.errors import BadRecord, HeldForReview
from erp_connect.store import database


class ApiError(ConnectError):
	"""An answer other than success.

	status: HTTP status. field: of the request, if one is to blame. retry_after: seconds, for 409, 429 and 503.
	"""

	def __init__(
		self, status: int, code: str, template: str, *, field: str = "", retry_after: int = 0, **params: Any
	) -> None:
		super().__init__(template, code=code, **params)
		self.status = status
		self.field = field
		self.retry_after = retry_after


# Engine errors that are not about the caller's data.
HELD = 409
STATUS_OF_CODE = {
	"link_conflict": 409,
	"busy": 409,
	"not_allowed": 403,
	"missing_index": 503,
	"unconfirmed_installation": 503,
}


def of(error: Exception, trace_id: str) -> ApiError:
	"""The answer for any exception. What is not meant for callers is logged and replaced by a plain sentence."""
	if isinstance(error, ApiError):
		return error
	if isinstance(error, ValidationError):
		return _invalid(error)
	if isinstance(error, ConnectError):
		# As the template: a parameter would be cut, and the difference and the remedy stand at its end.
		text = translate(error, repeated_by_caller()).replace("{", "{{").replace("}", "}}")
		field = error.params.get("field") or "" if isinstance(error, InputError | BadRecord) else ""
		return ApiError(_status(error), error.code, text, field=str(field))
	return _from_frappe(error) or _unexpected(error, trace_id)


def _status(error: ConnectError) -> int:
	if isinstance(error, HeldForReview):
		return HELD
	if isinstance(error, InputError):
		return error.status
	return STATUS_OF_CODE.get(error.code, 422)


def repeated_by_caller() -> str:
	"""How a call of the API is tried again; nobody else can do that."""
	return _("repeat the call")


def detail(error: Exception, again: str = "", trying: str = "") -> str:
	"""What is kept about a failure: for those who may read it there, not for the caller.

	again: how what failed is tried again, translated, where that is not the button of an event. trying: see `translate`.
	"""
	if isinstance(error, ConnectError):
		return translate(error, again, trying)
	if isinstance(error, frappe.PermissionError):
		return _forbidden(error, again or _(AGAIN))
	return plain_words.of(error, again)


def _forbidden(error: frappe.PermissionError, again: str) -> str:
	# Frappe says what was missing at various places, not always in the error.
	reason = plain_words.said(error) or without_markup(str(frappe.flags.error_message or ""))
	text = _("User {0} may not do this: {1}. Give the user the role for it, then {again}.")
	if get_user_permissions(frappe.session.user):
		# Frappe names the role it looked for, also where a value of the document is what the user may not use.
		text = _(
			"User {0} may not do this: {1}. Give the user the role for it; if it is there, let a User Permission of the user allow "
			"what the document names, such as its warehouse. Then {again}."
		)
	return text.format(frappe.session.user, reason.rstrip(".") or type(error).__name__, again=again)


def _invalid(error: ValidationError) -> ApiError:
	first = error.errors(include_url=False, include_input=False)[0]
	field = ".".join(str(part) for part in refused_fields.place(first))
	template, params = refused_fields.in_words(first)
	return ApiError(
		422, "invalid", "{reason}", field=field, reason=Told(template, {**params, "field": field or "body"})
	)


def _from_frappe(error: Exception) -> ApiError | None:
	if isinstance(error, database.StorageFull) or database.is_full(error):
		return ApiError(
			503, "storage_full", "There is no room to record it. Try again later.", retry_after=60
		)
	if isinstance(error, frappe.PermissionError):
		return ApiError(403, "permission", "The user of this call may not do this.")
	if isinstance(error, frappe.DoesNotExistError):
		return ApiError(404, "not_found", "There is no such record.")
	if isinstance(error, frappe.DuplicateEntryError | frappe.UniqueValidationError):
		return ApiError(
			409,
			"duplicate",
			"{message}",
			message=Whole(plain_words.of(error, repeated_by_caller())),
		)
	if isinstance(error, plain_words.CROSSED):
		return ApiError(
			409, "conflict", "Somebody else changed the record just now. Try again.", retry_after=1
		)
	if isinstance(error, frappe.ValidationError | frappe.NameError):
		words = plain_words.of(error, repeated_by_caller())
		return ApiError(422, "validation", "{message}", message=Whole(words))
	return _from_database(error)


def _from_database(error: Exception) -> ApiError | None:
	"""The answer for a row that the database refused; None for anything that is not about the caller's data."""
	refused = plain_words.of_database(error)
	if refused and refused.code != database_errors.OLD_TABLES:
		field = str(refused.params.get("field") or "")
		text = translate(refused, repeated_by_caller())
		status = 409 if refused.code == database_errors.THERE_ALREADY else 422
		return ApiError(status, refused.code, "{message}", field=field, message=Whole(text))
	if isinstance(error, frappe.db.DataError):
		return ApiError(
			422,
			"bad_value",
			"The database cannot keep a value: {message}. Correct it, or map it with a transform.",
			message=Whole(error.args[-1]),
		)
	return None


def _unexpected(error: Exception, trace_id: str) -> ApiError:
	frappe.log_error(title=f"ERP Connect API {trace_id}")
	return ApiError(500, "internal", "Something went wrong here. Quote the trace id to the administrator.")
