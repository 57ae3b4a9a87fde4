"""The tables of `docs/security.md` that say who may do what, made from the DocTypes, the hooks and the calls.

python -m erp_connect.tests.unit.role_table     writes them into the page
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from erp_connect import hooks

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/security.md"
API = ROOT / "erp_connect/api"
BEGIN, END = "<!-- made from the code: begin -->\n", "<!-- made from the code: end -->\n"
RIGHTS = ("read", "write", "create", "delete")
MANAGER, USER, SYSTEM_MANAGER = "Integration Manager", "Integration User", "System Manager"
ROLES = (MANAGER, USER, SYSTEM_MANAGER)
# Functions by which a call asks for a role, and for the rights of the account's user.
ASKS = {
	"require_manager": MANAGER,
	"require_user": USER,
	"has_app_permission": USER,
	"frappe.only_for": SYSTEM_MANAGER,
}
STEERING = "steering.require"
# Callers from outside are told apart by rules of their own; lists of Desk, by those of Frappe.
OWN_RULES = ("v1", "webhook", "listing")


def doctypes() -> dict[str, Path]:
	"""The controller of each DocType of the app that is no table of another, by its name."""
	found = {}
	for file in sorted((ROOT / "erp_connect/erp_connect/doctype").glob("*/*.json")):
		if file.stem == file.parent.name and not json.loads(file.read_text("utf-8")).get("istable"):
			found[json.loads(file.read_text("utf-8"))["name"]] = file
	return found


def permissions(doctype: str) -> dict[str, tuple[str, ...]]:
	"""What each role may do with the records of a DocType."""
	schema = json.loads(doctypes()[doctype].read_text("utf-8"))
	rows = schema["permissions"]
	return {
		role: tuple(right for right in RIGHTS if any(row.get(right) for row in rows if row["role"] == role))
		for role in ROLES
	}


def is_of_company(doctype: str) -> bool:
	"""Whether records are hidden from those whose User Permissions leave the account's company out."""
	schema = json.loads(doctypes()[doctype].read_text("utf-8"))
	linked = any(
		field.get("options") == "Company" for field in schema["fields"] if field["fieldtype"] == "Link"
	)
	return linked or doctype in hooks.permission_query_conditions


def needs_rights(doctype: str) -> bool:
	"""Whether saving a record asks for every right of the account's user."""
	return STEERING in doctypes()[doctype].with_suffix(".py").read_text("utf-8")


def calls() -> dict[str, tuple[str, bool]]:
	"""Calls behind buttons, by dotted path: the least role, and whether every right of the account's user is needed."""
	found = {}
	for file in sorted(API.glob("*.py")):
		if file.stem in OWN_RULES:
			continue
		functions = {
			node.name: node
			for node in ast.parse(file.read_text("utf-8")).body
			if isinstance(node, ast.FunctionDef)
		}
		for name, node in functions.items():
			if any("whitelist" in ast.dump(decorator) for decorator in node.decorator_list):
				asked = set(_asked(node, functions))
				role = next((role for role in (SYSTEM_MANAGER, MANAGER, USER) if role in asked), "")
				found[f"{file.stem}.{name}"] = (role, STEERING in asked)
	return found


def _asked(node: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> Iterator[str]:
	"""What a function asks for, itself or by another one of its module."""
	for call in ast.walk(node):
		if not isinstance(call, ast.Call):
			continue
		name = ast.unparse(call.func)
		if name in ASKS:
			yield ASKS[name]
		elif name.startswith(STEERING):
			yield STEERING
		elif name in functions and functions[name] is not node:
			yield from _asked(functions[name], functions)


def text() -> str:
	"""Both tables as Markdown."""
	lines = [f"| records | {' | '.join(ROLES)} | of another company |", "|---|---|---|---|---|"]
	for doctype in doctypes():
		allowed = permissions(doctype)
		cells = [", ".join(allowed[role]) or "–" for role in ROLES]
		star = " ¹" if needs_rights(doctype) else ""
		lines.append(
			f"| {doctype}{star} | {' | '.join(cells)} | {'not seen' if is_of_company(doctype) else 'the same'} |"
		)
	lines += ["", "| call | role at least | every right of the account's user |", "|---|---|---|"]
	lines += [
		f"| `{name}` | {role} | {'yes' if rights else ''} |" for name, (role, rights) in calls().items()
	]
	return "\n".join(lines) + "\n"


def in_page(page: str) -> str:
	"""The page with the tables as they are now."""
	before, rest = page.split(BEGIN)
	return before + BEGIN + "\n" + text() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
	PAGE.write_text(in_page(PAGE.read_text("utf-8")), "utf-8")
