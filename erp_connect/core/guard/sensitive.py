"""Which names and numbers give a secret away.

Promises one list of telling names for all of redaction, matched word by word and in any writing. Never looks
at configured secrets; core.redaction does.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TELLING_WORDS = frozenset(
	{
		"password",
		"passwd",
		"passphrase",
		"passcode",
		"pwd",
		"secret",
		"secrets",
		"token",
		"tokens",
		"jwt",
		"bearer",
		"credential",
		"credentials",
		"cookie",
		"cookies",
		"signature",
		"sig",
		"hmac",
		"authorization",
		"cvv",
		"cvc",
		"cvv2",
		"otp",
		"apikey",
		"accesskey",
		"privatekey",
		"secretkey",
		"authkey",
		"sid",
		"csrf",
		"checksumhash",
	}
)
_TELLING_ENDS = (
	"apikey",
	"accesskey",
	"privatekey",
	"secretkey",
	"authkey",
	"licencekey",
	"licensekey",
	"merchantkey",
	"transactionkey",
	"consumerkey",
	"subscriptionkey",
	"encryptionkey",
	"signingkey",
	"sessionid",
	"sessid",
	"cardnumber",
	"securitycode",
	"password",
	"secret",
	"accesstoken",
	"refreshtoken",
	"authtoken",
)
# Words of these names tell, but what they hold is needed to follow an exchange and opens nothing.
_HARMLESS = frozenset(
	{
		"tokentype",
		"nextpagetoken",
		"pagetoken",
		"nextsynctoken",
		"synctoken",
		"continuationtoken",
		"signatureversion",
		"signaturemethod",
		"tokenexpiresin",
	}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[A-Za-z0-9]+")


@lru_cache(maxsize=4096)
def telling(name: str) -> bool:
	"""Whether a value called `name` is a secret by its name, in any writing (`apiKey`, `API-KEY`, `api_key`)."""
	squeezed = squeeze(name)
	if squeezed in _HARMLESS:
		return False
	words = {word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name.replace("_", " ")))}
	return not words.isdisjoint(_TELLING_WORDS) or squeezed.endswith(_TELLING_ENDS)


def is_card(text: str) -> bool:
	"""Whether the digits of `text` are a payment card number: 13 to 19 digits, known issuer digit, Luhn sum."""
	digits = [int(letter) for letter in text if letter.isdigit()]
	if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6):
		return False
	doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
	return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def squeeze(name: str) -> str:
	"""The name with nothing but its letters and digits, in lower case."""
	return "".join(_WORD.findall(name)).lower()
