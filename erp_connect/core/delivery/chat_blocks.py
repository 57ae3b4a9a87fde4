"""A message as chat systems lay it out that know blocks: a heading, texts, and buttons that open addresses.

Promises: what came from outside is plain text in it, so that it neither formats nor calls anybody; nothing is longer than is
taken (https://docs.slack.dev/reference/block-kit/blocks).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HEADING, TEXT, MOST_TEXTS = 150, 2900, 20


def blocks(heading: str, text: str, buttons: Mapping[str, str]) -> list[dict[str, Any]]:
	"""heading: one line. text: as many lines as there are. buttons: addresses by what the button says."""
	made = [{"type": "header", "text": _plain(_shortened(heading, HEADING))}]
	made += [{"type": "section", "text": _plain(part)} for part in _parts(text)]
	if buttons:
		elements = [
			{"type": "button", "text": _plain(title), "url": address, "action_id": f"open_{number}"}
			for number, (title, address) in enumerate(buttons.items(), 1)
		]
		made.append({"type": "actions", "elements": elements})
	return made


def _parts(text: str) -> Sequence[str]:
	"""The text in parts of whole lines where they fit; its end is left out where there would be too many."""
	parts = [""]
	for line in text.split("\n"):
		line = _shortened(line, TEXT)
		if len(parts[-1]) + len(line) >= TEXT:
			parts.append("")
		parts[-1] += f"\n{line}" if parts[-1] else line
	kept = [part for part in parts if part.strip()]
	return kept if len(kept) <= MOST_TEXTS else [*kept[: MOST_TEXTS - 1], "…"]


def _shortened(text: str, length: int) -> str:
	return text if len(text) <= length else f"{text[: length - 1]}…"


def _plain(text: str) -> dict[str, str]:
	return {"type": "plain_text", "text": text}
