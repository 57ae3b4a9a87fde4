"""The text of HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

MAX_HTML = 200_000


# fmt: off
_BLOCKS = frozenset((
	"address", "article", "br", "dd", "div", "dt", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
	"hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
))


# fmt: on
_SILENT = frozenset({"script", "style", "head", "title", "template"})


def plain_text(html: str) -> str:
	"""Readable text of an HTML fragment: blocks become lines, scripts and styles vanish, entities are decoded."""
	if len(html) > MAX_HTML:
		raise ValueError("the text is too long to remove HTML from")
	reader = _Reader()
	reader.feed(html)
	reader.close()
	lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(reader.parts).split("\n"))
	return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
	def __init__(self) -> None:
		super().__init__(convert_charrefs=True)
		self.parts: list[str] = []
		self._silent = 0

	def handle_starttag(self, tag, attrs):
		self._silent += tag in _SILENT
		if tag in _BLOCKS:
			self.parts.append("\n")

	def handle_endtag(self, tag):
		self._silent = max(0, self._silent - (tag in _SILENT))
		if tag in _BLOCKS:
			self.parts.append("\n")

	def handle_data(self, data):
		if not self._silent:
			self.parts.append(re.sub(r"\s", " ", data))
