"""Names of outside systems, which stand in presets, tests and documentation only."""

from __future__ import annotations

import re

VENDORS = (
	"adobe", "alibaba", "alumio", "amazon", "authorize[_.]?net", "aws", "azure", "bigcommerce", "bluedart", "dhl",
	"fedex", "github", "google", "hubspot", "magento", "mailchimp", "mandrill", "n8n", "opencart", "oracle", "paypal",
	"paytm", "razorpay", "salesforce", "shiprocket", "shopify", "slack", "stripe", "svix", "woo", "woocommerce",
	"zapier", "zoho",
)  # fmt: skip
# A part of an identifier counts, a part of a word does not; "UPS" is one in capitals only. What states a fact may
# name the address of its source.
_NAMES = re.compile(rf"(?<![a-z])(?i:{'|'.join(VENDORS)})(?![a-z])|(?<![A-Za-z])UPS(?![A-Za-z])")
_ADDRESS = re.compile(r"https?://\S+")


def check_no_vendor(source: str) -> list[str]:
	"""The names of vendors in a source, with their lines."""
	return [
		f"{number}: {name}"
		for number, line in enumerate(source.splitlines(), 1)
		for name in _NAMES.findall(_ADDRESS.sub("", line))
	]
