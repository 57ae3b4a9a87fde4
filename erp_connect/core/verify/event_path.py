"""Where the events of a body stand, as a scheme or an account says it."""

from __future__ import annotations

from erp_connect.core.values.paths import parse_path

# The body itself is the list.
WHOLE_BODY = "@"
# A list is one event.
NEVER = "-"


def check_events(path: str) -> str:
	"""`path` of a scheme's or an account's setting. Raises MappingError when it is neither a path, `@` nor `-`."""
	text = path.strip()
	if text not in ("", WHOLE_BODY, NEVER):
		parse_path(text)
	return text
