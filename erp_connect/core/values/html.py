"""The text of HTML, in one pass: twice the HTML takes twice the time, however broken it is.

Python's own parser, in the versions this app runs on, starts anew at each comment or tag that is never closed
(https://github.com/python/cpython/issues/135462), and ends with an AssertionError where a section such as `<![x` has
no name that it knows (https://github.com/python/cpython/issues/77057).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape

MAX_HTML = 200_000


# fmt: off
_BLOCKS = frozenset((
	"address", "article", "br", "dd", "div", "dt", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
	"hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
))


# fmt: on
# Tags without an end.
_ALONE = frozenset({"br", "hr"})
# What stands in these is no text for readers; in the raw ones, nothing but their own end is a tag.
_RAW_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE | re.ASCII) for name in ("script", "style", "title")}
_SILENT = frozenset({"head", "template"})
_TAG_NAME = re.compile(r"</?([a-z][^\s/>]{0,40})", re.IGNORECASE | re.ASCII)
# Inside a tag: its end, or the quote that begins a value, in which a > is no end.
_IN_TAG = re.compile(r">|=\s*([\"'])")


# Tags that Frappe and ERPNext put into their messages. All else in angle brackets is somebody's text.
_OF_MESSAGES = re.compile(
	r"</?(?:a|b|br|code|div|h[1-6]|hr|i|li|ol|p|pre|small|span|strong|table|tbody|td|th|thead|tr|ul)(?:\s[^<>]{0,2000})?/?>",
	re.IGNORECASE | re.ASCII,
)


_LISTS = ("ul", "ol")
_BREAK = "\x1f"  # which no message has


def without_markup(message: str) -> str:
	"""A message of Frappe without the tags that give it its form; `<jane@example.com>` stays, as do tags that never end.

	`<b>` without its end, or an end without its beginning, is no markup of a message but text that it quotes; only the
	points of a list need none. Blocks are told apart by a blank.
	"""
	counts: dict[str, int] = {}
	for tag in _OF_MESSAGES.findall(message):
		name = _TAG_NAME.match(tag).group(1).lower()
		counts[name] = counts.get(name, 0) + (-1 if tag.startswith("</") else 1)
	if any(counts.get(name) == 0 for name in _LISTS):
		counts["li"] = 0
	parts = _OF_MESSAGES.sub(lambda found: _kept_tag(found.group(), counts), message).split(_BREAK)
	return " ".join(filter(None, map(str.strip, parts))) if parts[1:] else parts[0]


def _kept_tag(tag: str, counts: Mapping[str, int]) -> str:
	name = _TAG_NAME.match(tag).group(1).lower()
	if counts[name] and name not in _ALONE:
		return tag
	return _BREAK if name in _BLOCKS else ""


def plain_text(html: str) -> str:
	"""Readable text of an HTML fragment: blocks become lines, scripts and styles vanish, entities are decoded.

	What is opened and never closed reaches to the end, as in browsers. Raises ValueError for a text of more than
	`MAX_HTML` characters.
	"""
	if len(html) > MAX_HTML:
		raise ValueError("the text is too long to remove HTML from")
	parts, silent = [], 0
	for tag, text in _pieces(html):
		name = tag.lstrip("/")
		if name in _SILENT:
			silent = max(0, silent + (-1 if tag.startswith("/") else 1))
		if name in _BLOCKS:
			parts.append("\n")
		if text and not silent:
			parts.append(re.sub(r"\s", " ", _decoded(text)))
	lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(parts).split("\n"))
	return "\n".join(line for line in lines if line)


def _pieces(html: str) -> Iterator[tuple[str, str]]:
	"""(tag, text after it): the tag is `p` or `/p` in small letters, and empty where there is none."""
	tag, position = "", 0
	while position < len(html):
		begin = html.find("<", position)
		if begin < 0:
			break
		yield tag, html[position:begin]
		tag, position = _markup(html, begin)
		if tag == "<":
			yield "", tag
			tag = ""
	yield tag, html[position:]


def _markup(html: str, begin: int) -> tuple[str, int]:
	"""The tag at a `<` and where the text goes on; `<` itself where it is a sign like others."""
	if html.startswith("<!--", begin):
		return "", _after(html, "-->", begin + 4)
	if html.startswith(("<!", "<?"), begin):
		return "", _after(html, ">", begin + 2)
	found = _TAG_NAME.match(html, begin)
	if not found:
		return ("", _after(html, ">", begin + 2)) if html.startswith("</", begin) else ("<", begin + 1)
	name = found[1].lower()
	closing = html[begin + 1] == "/"
	position = _tag_end(html, found.end())
	if not closing and name in _RAW_ENDS:
		ended = _RAW_ENDS[name].search(html, position)
		return "", _tag_end(html, ended.end()) if ended else len(html)
	return ("/" if closing else "") + name, position


def _tag_end(html: str, position: int) -> int:
	while found := _IN_TAG.search(html, position):
		if not found[1]:
			return found.end()
		position = _after(html, found[1], found.end())
	return len(html)


def _after(html: str, mark: str, position: int) -> int:
	found = html.find(mark, position)
	return len(html) if found < 0 else found + len(mark)


def _decoded(text: str) -> str:
	try:
		return unescape(text)
	except ValueError:  # a reference to a character with thousands of digits is none
		return text
