"""How known systems prove that a webhook is theirs: the schemes as data, for `scheme_from_dict`.

Promises: JSON only, each with the address of what it was read from. Never a secret; `webhook_id` and `url` are
filled in from the account.
"""

from __future__ import annotations

from typing import Any

# https://www.w3.org/TR/websub/#hub-verifies-intent, and the token that Meta's webhooks add to it
_HUB_CHALLENGE = {
	"when": [{"method": "GET"}, {"query": "hub.challenge"}],
	"token": {"query": "hub.verify_token"},
	"verified": False,
	"answer": {"echo": {"query": "hub.challenge"}},
}
_HUBSPOT_SOURCE = (
	"https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation"
)
# eventId is not unique by HubSpot's own words, and attemptNumber changes the body of each try.
_HUBSPOT_EVENT: dict[str, Any] = {
	"id": {
		"body": "join(',', [].join('-', [to_string(subscriptionId), to_string(objectId), to_string(occurredAt), "
		"to_string(eventId)]))"
	},
	"topic": {"body": "[0].subscriptionType"},
}
_PAYPAL_HEADERS = {
	"auth_algo": {"header": "PAYPAL-AUTH-ALGO"},
	"cert_url": {"header": "PAYPAL-CERT-URL"},
	"transmission_id": {"header": "PAYPAL-TRANSMISSION-ID"},
	"transmission_sig": {"header": "PAYPAL-TRANSMISSION-SIG"},
	"transmission_time": {"header": "PAYPAL-TRANSMISSION-TIME"},
}
_PAYPAL_EVENT: dict[str, Any] = {"id": {"body": "id"}, "topic": {"body": "event_type"}}


def _paypal(title: str, *hosts: str) -> dict[str, Any]:
	return {
		"kind": "rsa",
		"title": title,
		"note": "The certificate is fetched from the address in PAYPAL-CERT-URL. The signature covers a CRC-32 of "
		"the body only, which can be imitated by whoever holds one signed request: PayPal by question is stronger.",
		"source": "https://developer.paypal.com/api/rest/webhooks/rest/",
		"algorithm": "sha256",
		"message": "{header.PAYPAL-TRANSMISSION-ID}|{timestamp}|{webhook_id}|{crc32}",
		"signature": {"header": "PAYPAL-TRANSMISSION-SIG", "encoding": "base64"},
		"timestamp": {"header": "PAYPAL-TRANSMISSION-TIME", "unit": "iso", "past": None, "future": 300},
		"certificate": {
			"header": "PAYPAL-CERT-URL",
			"hosts": list(hosts),
			"path": "/v1/notifications/certs/",
		},
		**_PAYPAL_EVENT,
	}


def _token(title: str, place: dict[str, Any], source: str, **more: Any) -> dict[str, Any]:
	return {"kind": "shared_token", "title": title, "token": place, "source": source, **more}


SCHEMES: dict[str, dict[str, Any]] = {
	"standard_webhooks": {
		"kind": "standard_webhooks",
		"title": "Standard Webhooks",
		"source": "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
		"topic": {"body": "type"},
	},
	"svix": {
		"kind": "standard_webhooks",
		"family": "svix",
		"title": "Svix",
		"source": "https://docs.svix.com/receiving/verifying-payloads/how-manual",
		"topic": {"body": "type"},
	},
	"bigcommerce": {
		"kind": "standard_webhooks",
		"secret_encoding": "utf8",
		"title": "BigCommerce",
		"note": "The secret is the client secret of the app, as it is.",
		"source": "https://developer.bigcommerce.com/docs/integrations/webhooks/callback-structure",
		"topic": {"body": "scope"},
	},
	"shopify": {
		"kind": "hmac",
		"title": "Shopify",
		"note": "The secret is the client secret of the app, or the shop's own for webhooks made in its admin.",
		"source": "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
		"signature": {"header": "X-Shopify-Hmac-Sha256", "encoding": "base64"},
		"id": {"header": "X-Shopify-Webhook-Id"},
		"topic": {"header": "X-Shopify-Topic"},
	},
	"woocommerce": {
		"kind": "hmac",
		"title": "WooCommerce",
		"source": "https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks",
		"signature": {"header": "X-WC-Webhook-Signature", "encoding": "base64"},
		"id": {"header": "X-WC-Webhook-Delivery-ID"},
		"topic": {"header": "X-WC-Webhook-Topic"},
		"challenge": [
			{
				"when": [{"method": "POST"}, {"body": "keys(@) == ['webhook_id']"}],
				"answer": {"text": ""},
				"verified": False,
			}
		],
	},
	"adobe_commerce": {
		"kind": "rsa",
		"title": "Adobe Commerce",
		"note": "The secret is the public key that the admin shows under Adobe Services, Webhooks.",
		"source": "https://developer.adobe.com/commerce/extensibility/webhooks/signature-verification/",
		"algorithm": "sha256",
		"message": "{body_base64}",
		"signature": {"header": "x-adobe-commerce-webhook-signature", "encoding": "base64"},
	},
	"stripe": {
		"kind": "hmac",
		"title": "Stripe",
		"note": "The secret of the endpoint, with its whsec_: Stripe uses it as text.",
		"source": "https://docs.stripe.com/webhooks#verify-manually",
		"message": "{timestamp}.{body}",
		"signature": {"header": "Stripe-Signature", "parse": "pairs", "key": "v1", "encoding": "hex"},
		"timestamp": {"key": "t"},
		"id": {"body": "id"},
		"topic": {"body": "type"},
	},
	"paypal": _paypal("PayPal", "api.paypal.com", "api-m.paypal.com"),
	"paypal_sandbox": _paypal("PayPal sandbox", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"),
	"paypal_callback": {
		"kind": "callback",
		"title": "PayPal by question",
		"note": "PayPal is asked about each event. Events of its webhook simulator are never confirmed.",
		"source": "https://developer.paypal.com/api/webhooks/v1/verify-webhook-signature-post",
		"callback": {
			"path": "/v1/notifications/verify-webhook-signature",
			"body": {
				**_PAYPAL_HEADERS,
				"webhook_id": {"setting": "webhook_id"},
				"webhook_event": {"raw_body": True},
			},
			"success": "verification_status == 'SUCCESS'",
		},
		**_PAYPAL_EVENT,
	},
	"razorpay": {
		"kind": "hmac",
		"title": "Razorpay",
		"source": "https://razorpay.com/docs/webhooks/validate-test/",
		"signature": {"header": "X-Razorpay-Signature", "encoding": "hex"},
		"id": {"header": "x-razorpay-event-id"},
		"topic": {"body": "event"},
	},
	"razorpay_checkout": {
		"kind": "hmac",
		"title": "Razorpay checkout",
		"note": "What the browser brings back after a payment. The secret is the key secret.",
		"source": "https://razorpay.com/docs/payments/server-integration/python/integration-steps/",
		"message": "{field.razorpay_order_id}|{field.razorpay_payment_id}",
		"signature": {"body": "razorpay_signature", "encoding": "hex"},
		"id": {"body": "razorpay_payment_id"},
	},
	"paytm": {
		"kind": "paytm",
		"title": "Paytm form",
		"note": "The secret is the merchant key. Ask for the status of the order before trusting an amount.",
		"source": "https://github.com/paytm/Paytm_Python_Checksum",
		"message": "{form_values}",
		"signature": {"body": "CHECKSUMHASH"},
		"id": {"body": "join('-', [ORDERID, TXNID, STATUS][?@])"},
		"topic": {"body": "STATUS"},
	},
	"paytm_json": {
		"kind": "paytm",
		"title": "Paytm JSON",
		"note": "The secret is the merchant key. Ask for the status of the order before trusting an amount.",
		"source": "https://github.com/paytm/Paytm_Python_Checksum",
		"message": "{raw.body}",
		"signature": {"body": "head.signature"},
		"id": {"body": "join('-', [body.orderId, body.txnId, body.resultInfo.resultStatus][?@])"},
		"topic": {"body": "body.resultInfo.resultStatus"},
	},
	"authorize_net": {
		"kind": "hmac",
		"algorithm": "sha512",
		"title": "Authorize.net",
		"note": "The signature key, its 128 characters as they are.",
		"source": "https://developer.authorize.net/api/reference/features/webhooks.html",
		"signature": {
			"header": "X-ANET-Signature",
			"parse": "prefix",
			"prefix": "sha512=",
			"encoding": "HEX",
		},
		"id": {"body": "notificationId"},
		"topic": {"body": "eventType"},
	},
	"hubspot": {
		"kind": "hmac",
		"title": "HubSpot",
		"note": "The secret is the client secret of the app. HubSpot signs the address as entered there.",
		"source": _HUBSPOT_SOURCE,
		"message": "{method}{url_decoded}{body}{timestamp}",
		"signature": {"header": "X-HubSpot-Signature-v3", "encoding": "base64"},
		"timestamp": {"header": "X-HubSpot-Request-Timestamp", "unit": "ms"},
		**_HUBSPOT_EVENT,
	},
	"hubspot_v2": {
		"kind": "plain_digest",
		"title": "HubSpot, old signature 2",
		"note": "Not protected against repetition: prefer HubSpot's third signature.",
		"source": _HUBSPOT_SOURCE,
		"message": "{secret}{method}{url}{body}",
		"signature": {"header": "X-HubSpot-Signature", "encoding": "hex"},
		**_HUBSPOT_EVENT,
	},
	"hubspot_v1": {
		"kind": "plain_digest",
		"title": "HubSpot, old signature 1",
		"note": "Not protected against repetition nor against lengthening: prefer HubSpot's third signature.",
		"source": _HUBSPOT_SOURCE,
		"message": "{secret}{body}",
		"signature": {"header": "X-HubSpot-Signature", "encoding": "hex"},
		**_HUBSPOT_EVENT,
	},
	"zoho_crm": _token(
		"Zoho CRM",
		{"body": "token"},
		"https://www.zoho.com/crm/developer/docs/api/v8/notifications/enable.html",
		note="The token given when notifications were switched on, which Zoho sends back.",
		id={
			"body": "join('-', [to_string(channel_id), module, operation, to_string(server_time), join(',', ids)])"
		},
		topic={"body": "join('.', [module, operation][?@])"},
	),
	"mailchimp": _token(
		"Mailchimp",
		{"query": "secret"},
		"https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
		note="Mailchimp signs nothing: end the address there with ?secret= and the secret.",
		id={"body": "join('-', [type, fired_at, data.id][?@])"},
		topic={"body": "type"},
		challenge=[{"when": [{"method": "GET"}], "answer": {"text": ""}}],
	),
	"mandrill": {
		"kind": "hmac",
		"algorithm": "sha1",
		"title": "Mailchimp Transactional (Mandrill)",
		"note": "Signs the address exactly as entered there: set url when it differs from the one called.",
		"source": "https://mandrill.zendesk.com/hc/en-us/articles/360039232513-How-to-Authenticate-Webhook-Requests",
		"message": "{url}{form_sorted}",
		"signature": {"header": "X-Mandrill-Signature", "encoding": "base64"},
	},
	"fedex": {
		"kind": "hmac",
		"title": "FedEx",
		"note": "The security token given when the webhook was set up.",
		"source": "https://developer.fedex.com/api/en-us/catalog/shipment-visibility-webhook/docs.html",
		"signature": {"header": "fdx-signature", "encoding": "base64"},
	},
	"ups": _token(
		"UPS Track Alert",
		{"header": "credential"},
		"https://developer.ups.com/api/reference/upstrackalert",
		note="The credential given with the subscription, which UPS sends back.",
		id={
			"body": "join('-', [trackingNumber, to_string(gmtActivityDate), to_string(gmtActivityTime), "
			"activityStatus.code][?@])"
		},
		topic={"body": "activityStatus.type"},
	),
	"dhl": _token(
		"DHL",
		{"header": "X-Webhook-Token"},
		"https://developer.dhl.com/api-reference/shipment-tracking-unified-push",
		note="Register header X-Webhook-Token with the secret when subscribing (ApiKeyAuthentication).",
	),
	"shiprocket": _token(
		"Shiprocket",
		{"header": "x-api-key"},
		"https://apidocs.shiprocket.in/",
		note="The token entered with the webhook in Shiprocket's settings.",
		id={
			"body": "join('-', [to_string(awb), to_string(current_status_id), to_string(current_timestamp)])"
		},
		topic={"body": "current_status"},
	),
	"google_drive": _token(
		"Google Drive",
		{"header": "X-Goog-Channel-Token"},
		"https://developers.google.com/workspace/drive/api/guides/push",
		note="The token given when the channel was opened, which Google sends back.",
		id={"headers": ["X-Goog-Channel-ID", "X-Goog-Message-Number"]},
		topic={"header": "X-Goog-Resource-State"},
		challenge=[{"when": [{"header": "X-Goog-Resource-State", "equals": "sync"}], "answer": {"text": ""}}],
	),
	"slack": {
		"kind": "hmac",
		"title": "Slack",
		"source": "https://docs.slack.dev/authentication/verifying-requests-from-slack/",
		"message": "v0:{timestamp}:{body}",
		"signature": {"header": "X-Slack-Signature", "parse": "prefix", "prefix": "v0=", "encoding": "hex"},
		"timestamp": {"header": "X-Slack-Request-Timestamp"},
		"id": {"body": "event_id"},
		"topic": [{"body": "event.type"}, {"body": "command"}, {"body": "type"}],
		"challenge": [
			{
				"when": [{"body": "type", "equals": "url_verification"}],
				"answer": {"echo": {"body": "challenge"}, "name": "challenge"},
			}
		],
	},
	"frappe": {
		"kind": "hmac",
		"title": "Frappe or ERPNext",
		"note": "A webhook of another site, with its secret. Add modified to its fields: it sends no event id.",
		"source": "https://github.com/frappe/frappe/blob/version-15/frappe/integrations/doctype/webhook/webhook.py",
		"signature": {"header": "X-Frappe-Webhook-Signature", "encoding": "base64"},
		"topic": {"body": "doctype"},
	},
	"github": {
		"kind": "hmac",
		"title": "GitHub",
		"source": "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
		"signature": {
			"header": "X-Hub-Signature-256",
			"parse": "prefix",
			"prefix": "sha256=",
			"encoding": "hex",
		},
		"id": {"header": "X-GitHub-Delivery"},
		"topic": {"header": "X-GitHub-Event"},
	},
	"hub": {
		"kind": "hmac",
		"title": "WebSub hub with a verify token",
		"source": "https://developers.facebook.com/docs/graph-api/webhooks/getting-started/",
		"signature": {
			"header": "X-Hub-Signature-256",
			"parse": "prefix",
			"prefix": "sha256=",
			"encoding": "hex",
		},
		"challenge": [_HUB_CHALLENGE],
	},
	"bearer": _token(
		"Bearer token",
		{"header": "Authorization", "prefix": "Bearer "},
		"https://datatracker.ietf.org/doc/html/rfc6750",
		note="For senders that can add one header, such as Zapier, n8n and Alumio.",
	),
	"basic": {
		"kind": "basic",
		"title": "User and password",
		"note": "The secret is user:password.",
		"source": "https://datatracker.ietf.org/doc/html/rfc7617",
	},
}
