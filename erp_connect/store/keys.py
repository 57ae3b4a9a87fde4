"""Keys under which the database keeps things apart."""

from __future__ import annotations

import hashlib


def dedupe_key(account: str, scope: str, key: str) -> str:
	return hashlib.sha256(f"{account}\n{scope}\n{key}".encode()).hexdigest()
