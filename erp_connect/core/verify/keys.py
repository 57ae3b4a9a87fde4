"""Keys made from secrets, and the check that needs more than a hash: RSA.

Promises: malformed keys, certificates and signatures are told apart by reason and raise nothing else.
Never makes a signature.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any

from erp_connect.core.delivery.signing import decode_base64, secret_bytes
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.verify.request import EXPIRED, MALFORMED, VerificationError

MIN_RSA_BITS = 2048


def key_bytes(secret: str, encoding: str) -> bytes:
	"""The key that a secret text stands for. encoding: utf8, base64, hex or whsec. Raises ValueError."""
	if encoding == "base64":
		return decode_base64(secret)
	if encoding == "hex":
		return _nonempty(bytes.fromhex(secret.strip()))
	if encoding == "whsec":
		try:
			return secret_bytes(secret)
		except ConfigurationError as error:
			raise ValueError(error.code) from None
	return secret.encode("utf-8", "surrogatepass")


def rsa_key(pem: str, now: float) -> Any:
	"""The RSA public key in a PEM text, which is a public key or a certificate that is valid at `now`.

	Raises VerificationError EXPIRED, or ValueError for anything but an RSA key of 2048 bits or more.
	"""
	from cryptography.exceptions import UnsupportedAlgorithm
	from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
	from cryptography.hazmat.primitives.serialization import load_pem_public_key
	from cryptography.x509 import load_pem_x509_certificate

	data = pem.strip().encode("utf-8", "surrogatepass")
	try:
		if b"BEGIN CERTIFICATE" in data:
			certificate = load_pem_x509_certificate(data)
			_check_validity(certificate, now)
			key = certificate.public_key()
		else:
			key = load_pem_public_key(data)
	except (UnsupportedAlgorithm, TypeError) as error:
		raise ValueError("not a key") from error
	if not isinstance(key, RSAPublicKey) or key.key_size < MIN_RSA_BITS:
		raise ValueError("not an RSA key of 2048 bits or more")
	return key


def rsa_matches(key: Any, algorithm: str, message: bytes, signature: bytes) -> bool:
	"""Whether `signature` is RSA PKCS#1 v1.5 over `message`. key: from `rsa_key`."""
	from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
	from cryptography.hazmat.primitives import hashes
	from cryptography.hazmat.primitives.asymmetric import padding

	try:
		key.verify(signature, message, padding.PKCS1v15(), getattr(hashes, algorithm.upper())())
	except (InvalidSignature, UnsupportedAlgorithm, ValueError):
		return False
	return True


def strict_base64(text: str) -> bytes:
	"""The bytes of padded standard base64. Raises VerificationError MALFORMED."""
	try:
		return base64.b64decode(text, validate=True)
	except (binascii.Error, ValueError):
		raise VerificationError(MALFORMED) from None


def _nonempty(key: bytes) -> bytes:
	if not key:
		raise ValueError("empty")
	return key


def _check_validity(certificate: Any, now: float) -> None:
	moment = dt.datetime.fromtimestamp(now, tz=dt.timezone.utc)
	start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
	if not start <= moment <= end:
		raise VerificationError(EXPIRED)
