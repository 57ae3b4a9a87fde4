"""The API of this site in words, at /erp-connect-api, for anybody who is signed in."""

from urllib.parse import urlencode

import frappe
from frappe import _

import erp_connect.api.v1  # noqa: F401  so that all calls are known
from erp_connect.served import openapi, openapi_page
from erp_connect.served.endpoint import OPERATIONS

no_cache = 1


def get_context(context) -> None:
	if frappe.session.user == "Guest":
		frappe.local.flags.redirect_location = f"/login?{urlencode({'redirect-to': '/erp-connect-api'})}"
		raise frappe.Redirect
	document = openapi.document(list(OPERATIONS.values()), site=frappe.utils.get_url())
	context.update(
		{
			"title": _("ERP Connect API"),
			"site": document["servers"][0]["url"],
			"calls": openapi_page.calls(document),
			"objects": openapi_page.objects(document),
			"statuses": openapi_page.statuses(document),
			"document_url": f"/api/method/{openapi.API}.openapi",
			"no_header": 1,
			"show_sidebar": 0,
		}
	)
