"""For monitors: whether the engine works, and figures. Ask with the token of a user who may see events."""

from __future__ import annotations

import json
from typing import Any

import frappe
from werkzeug.wrappers import Response

from erp_connect.api.permissions import require_user
from erp_connect.operate import metrics as exposition
from erp_connect.operate import monitoring
from erp_connect.operate.alerts import site as alerts_of_site


@frappe.whitelist(methods=["GET", "POST"])
def health() -> Response:
	"""Whether the engine works: `status` is ok, degraded (an account needs somebody) or down (503: nothing is sent).

	`problems` are short words, of the site and by account, for the accounts that the user may see; docs/monitoring.md
	says what to do about each.
	"""
	require_user()
	alerts_of_site.look_now_and_then()
	site = monitoring.site()
	accounts = monitoring.accounts()
	wrong = {one.name: one.problems() for one in accounts}
	problems = site.problems()
	body: dict[str, Any] = {
		"status": monitoring.status(site, accounts),
		"problems": problems,
		"accounts": {name: found for name, found in wrong.items() if found},
		"versions": site.versions,
	}
	return _answer(
		json.dumps(body, ensure_ascii=False).encode(), "application/json", 503 if problems else 200
	)


@frappe.whitelist(methods=["GET", "POST"])
def metrics() -> Response:
	"""Figures of the site and of the accounts that the user may see, in Prometheus's text format."""
	require_user()
	return _answer(exposition.text(monitoring.site(), monitoring.accounts()), exposition.CONTENT_TYPE, 200)


def _answer(body: bytes, content_type: str, status: int) -> Response:
	return Response(body, status=status, content_type=content_type, headers={"Cache-Control": "no-store"})
