"""Keys made from secrets, and the two checks that need more than a hash: RSA, and Paytm's AES checksum.

Promises: malformed keys, certificates and signatures are told apart by reason and raise nothing else; a wrong
Paytm checksum takes the same path whether its padding or its content is wrong. Never makes a signature.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from typing import Any

from erp_connect.core.delivery.signing import decode_base64, secret_bytes
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.verify.request import EXPIRED, MALFORMED, VerificationError

MIN_RSA_BITS = 2048
# Paytm's own libraries fix both: https://github.com/paytm/Paytm_Python_Checksum
_PAYTM_IV = b"@@@@&&&&####$$$$"
_PAYTM_KEY_SIZES = (16, 24, 32)
_SALT = 4
_HEX_DIGEST = 64
# 64 characters of digest and 4 of salt fill up to the next whole AES block.
_PAYTM_PADDING = bytes([12]) * 12


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


def paytm_key(secret: str) -> bytes:
	"""The AES key that a merchant key is. Raises ValueError for a length that AES does not have."""
	key = secret.encode("utf-8", "surrogatepass")
	if len(key) not in _PAYTM_KEY_SIZES:
		raise ValueError("not an AES key")
	return key


def paytm_matches(key: bytes, message: bytes, checksum: str) -> bool:
	"""Whether `checksum` is Paytm's for `message`: base64(AES-CBC(sha256hex(message|salt) + salt)).

	Raises VerificationError MALFORMED for what is not one encrypted digest.
	"""
	from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

	sealed = strict_base64(checksum)
	if len(sealed) != _HEX_DIGEST + _SALT + len(_PAYTM_PADDING):
		raise VerificationError(MALFORMED)
	decryptor = Cipher(algorithms.AES(key), modes.CBC(_PAYTM_IV)).decryptor()
	opened = decryptor.update(sealed) + decryptor.finalize()
	salt = opened[_HEX_DIGEST : _HEX_DIGEST + _SALT]
	digest = hashlib.sha256(message + b"|" + salt).hexdigest().encode()
	# Padding and digest are compared at once: told apart, they would let a stranger forge block by block.
	return hmac.compare_digest(opened, digest + salt + _PAYTM_PADDING)


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
