"""What README and the pages under docs/ name, and what of it there is: labels, commands, settings, calls, files."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[3]
APP = REPO / "erp_connect"
DOCS = REPO / "docs"
PAGES = (REPO / "README.md", *sorted(DOCS.rglob("*.md")))
# Pages for who works at the screen: in these, bold and italics are labels and nothing else.
OF_THE_SCREEN = (
	"README.md",
	"docs/README.md",
	"docs/concepts.md",
	"docs/quick-start.md",
	"docs/screens.md",
	"docs/operations.md",
)
# Labels of Frappe and ERPNext, and of things outside, that these pages name.
OF_OTHERS = {
	"New", "Save", "Submit", "Actions", "Generate Keys", "API Access", "Settings", "Log Settings", "User",
	"Customer", "Customers", "Sales Order", "Sales Orders", "Item", "Company", "Edit", "Web Form", "Error Log", "Scheduled Job Type",
	"System Manager", "Sales User", "Administrator", "Email Account", "Email Queue", "RQ Job",
	"Update Billed Amount in Sales Order", "Connections", "Add Connected Account", "WooCommerce", "Advanced", "REST API", "Add key", "Read/Write", "Account",
}  # fmt: skip

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"``.*?``|`[^`\n]+`")
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
TOLD = re.compile(r"\b(?:[Tt]abs?|[Pp]ress|[Tt]ick|[Cc]lear|[Ff]ields?) \*+([^*\n]+)\*+")
ITALIC = re.compile(r"(?<![*\w])\*([^*\s][^*\n]*)(?<!\s)\*(?!\*)")


def of_others(page: Path) -> bool:
	"""Whether a page speaks of the screens of other programs as well."""
	return page.parent.name == "systems" or page.name == "ipaas.md"


def name_of(page: Path) -> str:
	return page.relative_to(REPO).as_posix()


def text_of(page: Path) -> str:
	return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
	"""A page without blocks and pieces of code."""
	return CODE.sub("", FENCE.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
	"""The anchors that a code host makes of a page's headings."""
	found: set[str] = set()
	for heading in re.findall(r"^#{1,6} (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE):
		plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
		anchor = re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")
		found.add(anchor if anchor not in found else f"{anchor}-1")
	return found


def links(page: Path) -> Iterator[tuple[Path, str]]:
	"""(file, anchor) of each link of a page that leads to a file here."""
	for target in LINK.findall(FENCE.sub("", text_of(page))):
		if re.match(r"[a-z]+:", target):
			continue
		path, _, anchor = target.partition("#")
		yield ((page.parent / path).resolve() if path else page), anchor


def broken_links(page: Path) -> list[str]:
	wrong = []
	for file, anchor in links(page):
		if not file.exists():
			wrong.append(f"{file.name} is missing")
		elif anchor and anchor not in anchors(file):
			wrong.append(f"{file.name}#{anchor}")
	return wrong


# Labels


def labels_on(page: Path) -> set[str]:
	"""Each part of what a page writes in bold or italics: `Actions → Pause` is two. A bold sentence is none."""
	text = prose(page)
	marked = [one for one in BOLD.findall(text) if not one.endswith((".", ":", "?"))]
	marked += ITALIC.findall(BOLD.sub("", text))
	return {part.strip(" .:,") for one in marked for part in one.split("→")}


@cache
def labels() -> frozenset[str]:
	"""Every text that the app shows: of DocTypes and the workspace, of scripts, of messages and of presets."""
	found: set[str] = set()
	for path in (APP / "erp_connect").rglob("*.json"):
		found |= set(_texts(json.loads(path.read_text(encoding="utf-8"))))
	for path in (*APP.rglob("presets/*/preset.json"),):
		found |= set(_texts(json.loads(path.read_text(encoding="utf-8"))))
	for path in (*(APP / "public" / "js").rglob("*.js"), *(APP / "erp_connect").rglob("*.js")):
		found |= set(re.findall(r"__\(\s*\"([^\"]+)\"", path.read_text(encoding="utf-8")))
	for path in APP.rglob("*.py"):
		if "tests" not in path.parts:
			found |= set(re.findall(r"\"([^\"\n]+)\"", path.read_text(encoding="utf-8")))
	# Names of DocTypes are shown as these.
	shown = csv.reader((APP / "translations" / "en.csv").read_text(encoding="utf-8").splitlines())
	return frozenset(_spoken(found | {row[1] for row in shown}))


def _texts(value: object) -> Iterator[str]:
	if isinstance(value, str):
		yield from value.split("\n")
	elif isinstance(value, dict):
		for one in value.values():
			yield from _texts(one)
	elif isinstance(value, list):
		for one in value:
			yield from _texts(one)


def _spoken(found: set[str]) -> Iterator[str]:
	"""As a page may write them: without what ends them."""
	for text in found:
		yield text
		yield text.strip(" .:,?")


def unknown_in_menus(page: Path) -> set[str]:
	"""What a page tells to press, tick, clear or open, and that nothing is called. Other things in bold may be none of ours."""
	return {label for label in _told(prose(page)) if not _is_known(label)} - OF_OTHERS


def _told(text: str) -> Iterator[str]:
	paths = [one for one in BOLD.findall(text) + ITALIC.findall(BOLD.sub("", text)) if "→" in one]
	for one in paths + TOLD.findall(text):
		yield from (part.strip(" .:,") for part in one.split("→"))


def unknown_labels(page: Path) -> set[str]:
	return {label for label in labels_on(page) if not _is_known(label)} - OF_OTHERS


def _is_known(label: str) -> bool:
	return label in labels() or label.strip("…?") in labels()


# Commands, settings, calls, files


@cache
def commands() -> dict[str, set[str]]:
	"""Commands of `bench erp-connect`, each with its options."""
	found: dict[str, set[str]] = {}
	for path in (APP / "commands").glob("*.py"):
		text = path.read_text(encoding="utf-8")
		shared = dict(re.findall(r"^(\w+) = click\.option\(\"(--[\w-]+)\"", text, re.MULTILINE))
		shared["json_option"] = "--json"
		for block in re.split(r"(?=^@click\.command\()", text, flags=re.MULTILINE)[1:]:
			head = block.partition("\ndef ")[0]
			name = re.search(r"command\(\"([\w-]+)\"", head)[1]
			options = set(re.findall(r"\"(--[\w-]+)\"", head)) | {"--user", "--help"}
			options |= {option for variable, option in shared.items() if f"@{variable}" in head}
			found[name] = options
	return found


def commands_on(page: Path) -> Iterator[tuple[str, list[str]]]:
	"""(command, its options) for each call of `erp-connect` that a page shows."""
	for line in re.findall(r"erp-connect ([a-z][a-z-]*[^\n`]*)", text_of(page)):
		words = re.split(r"[|;&#]", line)[0].split()
		yield words[0], [word.split("=")[0] for word in words[1:] if word.startswith("--")]


def unknown_commands(page: Path) -> list[str]:
	wrong = []
	for name, options in commands_on(page):
		if name not in commands():
			wrong.append(name)
		else:
			wrong += [f"{name} {option}" for option in options if option not in commands()[name]]
	return wrong


@cache
def sources() -> str:
	"""The code of the app, without its tests."""
	return "\n".join(
		path.read_text(encoding="utf-8") for path in APP.rglob("*.py") if "tests" not in path.parts
	)


def unknown_keys(page: Path) -> set[str]:
	"""Keys of `site_config.json` and of the environment that a page names and nothing reads."""
	named = set(re.findall(r"\berp_connect_[a-z_]+\b|\bERP_CONNECT_[A-Z_]+\b", text_of(page)))
	# The variables of secrets have names of one's own; pages write NAME for them.
	return {key for key in named if not key.startswith("ERP_CONNECT_NAME") and not _is_read(key)}


def _is_read(key: str) -> bool:
	if key in sources() or f'"{key.removeprefix("erp_connect_")}"' in sources():  # metrics are named without
		return True
	folders = (REPO / ".github", REPO / ".ci", REPO / "benchmarks")
	scripts = (*(path for folder in folders for path in folder.rglob("*")), *APP.rglob("tests/**/*.py"))
	return key.isupper() and any(
		key in path.read_text(encoding="utf-8", errors="ignore") for path in scripts if path.is_file()
	)


@cache
def functions() -> frozenset[str]:
	"""Dotted names of modules, functions and classes of the app."""
	found: set[str] = set()
	for path in APP.rglob("*.py"):
		module = path.relative_to(REPO).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
		found.add(module)
		for node in ast.parse(path.read_text(encoding="utf-8")).body:
			if isinstance(node, ast.FunctionDef | ast.ClassDef):
				found.add(f"{module}.{node.name}")
			elif isinstance(node, ast.ImportFrom):
				found |= {f"{module}.{one.asname or one.name}" for one in node.names}
			elif isinstance(node, ast.Assign):
				found |= {f"{module}.{one.id}" for one in node.targets if isinstance(one, ast.Name)}
	return frozenset(found)


def unknown_calls(page: Path) -> set[str]:
	"""Dotted names of the app on a page that lead nowhere."""
	named = set(
		re.findall(r"\berp_connect\.(?:api|core|transport|tests|inbound|outbound)[\w.]*\w", text_of(page))
	)
	return {name for name in named if name not in functions()}


def missing_files(page: Path) -> set[str]:
	"""Files of the repository that a page names in code and that are not there."""
	named = re.findall(r"`((?:erp_connect|docs|demo|benchmarks|\.github)/[\w./-]+\.\w+)`", text_of(page))
	return {name for name in named if not (REPO / name).exists()}


def make_targets() -> set[str]:
	text = (REPO / "Makefile").read_text(encoding="utf-8")
	return set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))


def unknown_targets(page: Path) -> set[str]:
	"""What `make` is called with on a page, in code, and cannot do."""
	text = text_of(page)
	code = "\n".join(
		[*FENCE.findall(text), *(piece.strip("`") for piece in CODE.findall(FENCE.sub("", text)))]
	)
	return set(re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", code, re.MULTILINE)) - make_targets()
