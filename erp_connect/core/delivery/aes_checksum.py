"""A checksum that only holders of a key can make and read: a salted digest, encrypted.

	base64(AES-CBC(hex(SHA-256(message + "|" + salt)) + salt)), padded as PKCS #7

Promises that a wrong checksum takes the same path whether its padding or its content is wrong. Never makes up a salt.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

KEY_SIZES = (16, 24, 32)
BLOCK = 16
SALT = 4
_HEX_DIGEST = 64
# 64 characters of digest and 4 of salt fill up to the next whole AES block.
_PADDING = bytes([12]) * 12
SEALED = _HEX_DIGEST + SALT + len(_PADDING)


def aes_key(secret: str) -> bytes:
	"""The AES key that a secret is. Raises ValueError for a length that AES does not have."""
	return _of_size(secret, KEY_SIZES)


def initial_vector(text: str) -> bytes:
	"""The vector that encryption starts from: 16 bytes, which both sides know. Raises ValueError."""
	return _of_size(text, (BLOCK,))


def checksum(key: bytes, iv: bytes, message: bytes, salt: bytes) -> str:
	"""The checksum of `message`. salt: four bytes, other ones each time."""
	if len(salt) != SALT:
		raise ValueError("the salt of a checksum has four bytes")
	encryptor = _cipher(key, iv).encryptor()
	sealed = encryptor.update(_content(message, salt)) + encryptor.finalize()
	return base64.b64encode(sealed).decode()


def checksum_fits(key: bytes, iv: bytes, message: bytes, sealed: bytes) -> bool:
	"""Whether `sealed`, the checksum without its base64, is one of `message`. sealed: `SEALED` bytes."""
	decryptor = _cipher(key, iv).decryptor()
	opened = decryptor.update(sealed) + decryptor.finalize()
	salt = opened[_HEX_DIGEST : _HEX_DIGEST + SALT]
	# Padding and digest are compared at once: told apart, they would let a stranger forge block by block.
	return hmac.compare_digest(opened, _content(message, salt))


def _content(message: bytes, salt: bytes) -> bytes:
	return hashlib.sha256(message + b"|" + salt).hexdigest().encode() + salt + _PADDING


def _cipher(key: bytes, iv: bytes):
	from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

	return Cipher(algorithms.AES(key), modes.CBC(iv))


def _of_size(text: str, sizes: tuple[int, ...]) -> bytes:
	found = text.encode("utf-8", "surrogatepass")
	if len(found) not in sizes:
		raise ValueError("neither of the sizes that AES has")
	return found
