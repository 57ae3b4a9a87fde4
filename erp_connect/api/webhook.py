"""The one endpoint that is open to guests: signed webhooks, `/api/method/erp_connect.api.webhook.receive/<key>`.

Nothing is stored and nothing is told before the signature has been verified over the raw bytes.
"""

import frappe
from werkzeug.wrappers import Response

from erp_connect.inbound import receive as receiving
from erp_connect.served import own_proof


@frappe.whitelist(allow_guest=True, methods=["GET", "POST", "PUT"], xss_safe=True)
def receive() -> Response:
	"""Accept a webhook for the account whose key stands at the end of the path.

	Answers 200 when it is stored or was stored before, the vendor's challenge where there is one, 401 for
	everything that is not proved to come from the account, and 400, 413 or 415 for a body that cannot be used.
	"""
	return receiving.receive(own_proof.give_back(frappe.request))
