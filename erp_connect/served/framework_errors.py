"""Where Frappe's own handling of requests meets this API: its errors get our shape, its shortcuts are closed.

Errors that Frappe raises before our code runs (bad JSON, failed sign-in) look like all others.
"""

from __future__ import annotations

import json

import frappe

from erp_connect.records.failures import ApiError
from erp_connect.served.caller import API_PATHS
from erp_connect.served.key_headers import refusal
from erp_connect.served.wire import TRACE_HEADER, respond_error
from erp_connect.store import keys

SHAPED = (*API_PATHS, "/api/method/erp_connect.api.webhook.")
# DataError: what Frappe 16 makes of bad JSON. ValueError: a number of more digits than Python reads.
UNREADABLE = (
	"JSONDecodeError",
	"DataError",
	"RecursionError",
	"BadRequest",
	"UnicodeDecodeError",
	"ValueError",
)


def forget_arguments() -> None:
	"""Before-request hook: our calls read the body themselves, and nothing in it may choose another function.

	Frappe runs the function that `cmd` in a body or query names, whatever the path says: an account's own pair of
	headers, which is for this API only, would open all of Frappe's.
	"""
	if frappe.request.path.startswith(SHAPED):
		frappe.local.form_dict = frappe._dict()


def shape(response=None, request=None) -> None:
	"""After-request hook: replace the body of a foreign error answer on this app's API paths."""
	if response is None or response.status_code < 400 or TRACE_HEADER in response.headers:
		return
	if not request.path.startswith(SHAPED) or _is_shaped(response):
		return
	shaped = respond_error(_error(response, request), keys.new_id())
	response.status_code = shaped.status_code
	response.data = shaped.data
	response.headers["Content-Type"] = shaped.headers["Content-Type"]
	for name in (TRACE_HEADER, "Retry-After"):
		if name in shaped.headers:
			response.headers[name] = shaped.headers[name]


def _error(response, request) -> ApiError:
	if refused := refusal():
		return refused
	kind = _exception(response)
	if kind in UNREADABLE or (kind == "ValidationError" and _exists(request)):
		return ApiError(400, "bad_body", "The body cannot be read. Send valid JSON or XML.")
	status = response.status_code
	if kind == "FrappeTypeError":
		return ApiError(422, "invalid", "An argument has the wrong type.")
	if status == 401 or (status == 403 and frappe.session.user in ("", "Guest")):
		return ApiError(401, "authentication", "The credentials are not valid.")
	if status == 403:
		return ApiError(403, "permission", "This call is not allowed with this method or for this user.")
	if status == 404 or kind in ("ValidationError", "AttributeError", "ModuleNotFoundError"):
		return ApiError(
			404, "unknown_call", "There is no such call. See the OpenAPI document for those there are."
		)
	if status == 413:
		return ApiError(413, "too_large", "The body is too large.")
	return ApiError(status, "error", "The call failed. Quote the trace id to the administrator.")


def _exists(request) -> bool:
	"""Whether there is such a call: then it is the body that Frappe could not use."""
	try:
		frappe.get_attr(request.path.partition("/method/")[2].split("/")[0])
	except Exception:  # whatever Frappe makes of a name that leads nowhere
		return False
	return True


def _is_shaped(response) -> bool:
	return isinstance(_data(response).get("error"), dict)


def _exception(response) -> str:
	return _data(response).get("exc_type") or ""


def _data(response) -> dict:
	try:
		data = json.loads(response.get_data(as_text=True))
	except ValueError:
		return {}
	return data if isinstance(data, dict) else {}
