"""Statements that change our own tables, read off the syntax tree: they stand in `store/`, and nowhere else.

Sees SQL in string literals, calls of `frappe.db` and `frappe.qb`, and documents that a name was given to in the same
file. What a person does in a form is not meant: the DocTypes in FORMS are saved as documents, with their rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from erp_connect.tests.unit.static_checks import called_name, calls

# DocTypes that people save in forms, some of which the engine changes besides; and the rows of these forms.
FORMS = frozenset({"Integration Settings", "Field Mapping", "Value Map", "Alert Receiver"})
ROWS = frozenset(
	{"Answer Rule", "Commerce Account", "Commerce Warehouse", "Field Mapping Link", "Field Mapping Parameter",
	"Field Mapping Request", "Field Mapping Row", "Field Mapping Trigger", "Field Mapping Write Back", "Integration Input",
	"Integration Parameter", "Integration Report", "Value Map Entry"}
)  # fmt: skip
TABLES = FORMS | ROWS | {
	"Sync Backfill", "Sync Exemption",
	"Sync Log", "Sync Attempt", "Sync Link", "Sync Cursor", "Sync Load", "Sync Reconciliation", "Sync Difference",
	"Integration State", "Webhook Subscription", "Sync Alert", "Sync Sample",
}  # fmt: skip
CHANGE = re.compile(r"\s*(/\*.*?\*/\s*)?(UPDATE|INSERT|REPLACE|DELETE|TRUNCATE)\b", re.IGNORECASE | re.S)
# A table whose name is put in at run time may be one of ours, or is when nothing follows where it would stand.
OURS = re.compile(
	f"`tab({'|'.join(sorted(TABLES))})`|`tab{{|\\b(UPDATE|INTO|FROM|JOIN|TRUNCATE)\\s+({{|`?(tab)?$)",
	re.IGNORECASE,
)
STATUS_SET = re.compile(
	r"\s*UPDATE\b.*`tabSync Log`.*?\bSET\b(?!.*\bWHERE\b.*\bSET\b)(?P<set>.*?)(\bWHERE\b|$)", re.S
)
DATABASE = frozenset({"set_value", "delete", "bulk_insert", "bulk_update", "truncate"})
DOCUMENTS = frozenset({"delete_doc", "delete_doc_if_exists", "rename_doc"})
FETCHED = frozenset({"get_doc", "new_doc", "get_cached_doc", "get_last_doc"})
SAVED = frozenset({"save", "insert", "submit", "cancel", "delete"})
SAVED_BEHIND = frozenset({"db_set", "db_update", "db_insert"})


def check_tables_changed_in_store(source: str) -> list[str]:
	"""Only `store/` changes our tables."""
	tree = ast.parse(source)
	known = _named(tree)
	problems = [
		f"line {line}: {text.strip()[:60]}"
		for line, text in texts(tree)
		if CHANGE.match(text) and OURS.search(text)
	]
	problems += [
		f"line {node.lineno}: {name}() of {doctype}"
		for node, name in calls(tree)
		if (doctype := _changed_by(node, name, known))
	]
	return problems


def check_status_changed_by_moves(source: str) -> list[str]:
	"""Within `store/`, only `moves.py` updates the status of a Sync Log row."""
	tree = ast.parse(source)
	known = _named(tree)
	problems = []
	for line, text in texts(tree):
		found = STATUS_SET.match(text)
		if found and re.search(r"\bstatus`?\s*=", found["set"]):
			problems.append(f"line {line}: {text.strip()[:60]}")
	for node, name in calls(tree):
		if name.endswith("db.set_value") and _doctype(node, known) == "Sync Log":
			problems.append(f"line {node.lineno}: {name}() of Sync Log")
	return problems


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
	"""String literals; of f-strings, with the names of what is put in."""
	inside = set()
	for node in ast.walk(tree):
		if isinstance(node, ast.JoinedStr):
			inside |= {id(part) for part in ast.walk(node) if part is not node}
			yield node.lineno, "".join(_part(part) for part in node.values)
		elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
			yield node.lineno, node.value


def _part(node: ast.expr) -> str:
	return node.value if isinstance(node, ast.Constant) else "{" + ast.unparse(node.value) + "}"


def _named(tree: ast.AST) -> dict[str, str]:
	"""Names that stand for one of our DocTypes, for its table or for a document of it."""
	found = {}
	for node in ast.walk(tree):
		if isinstance(node, ast.Assign) and (doctype := _subject(node.value, {})):
			found |= {target.id: doctype for target in node.targets if isinstance(target, ast.Name)}
	return found


def _subject(node: ast.AST | None, known: dict[str, str]) -> str | None:
	"""The DocType of ours that an expression names, or whose document or table it is."""
	if isinstance(node, ast.Constant):
		return node.value if node.value in TABLES else None
	if isinstance(node, ast.Name):
		return known.get(node.id)
	if isinstance(node, ast.Dict):
		pairs = zip(node.keys, node.values, strict=True)
		wanted = (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "doctype")
		return _subject(next(wanted, None), known)
	if isinstance(node, ast.Call) and called_name(node).rpartition(".")[2] in FETCHED | {"DocType", "Table"}:
		return _doctype(node, known)
	return None


def _doctype(call: ast.Call, known: dict[str, str]) -> str | None:
	"""The DocType of ours that a call is about, by its first argument or by `doctype`."""
	named = [keyword.value for keyword in call.keywords if keyword.arg in ("doctype", "dt")]
	return next((found for node in [*call.args[:1], *named] if (found := _subject(node, known))), None)


def _changed_by(node: ast.Call, name: str, known: dict[str, str]) -> str | None:
	"""The DocType of ours that a call changes, as far as it can be read."""
	owner, _, last = name.rpartition(".")
	if (last in DATABASE and owner.split(".")[-1] == "db") or last in DOCUMENTS:
		return _doctype(node, known)
	if last in ("update", "into") and owner.split(".")[-1] == "qb":
		return _doctype(node, known)
	if not isinstance(node.func, ast.Attribute):
		return None
	if owner == "self" and last in SAVED_BEHIND:
		return "this document"
	doctype = _subject(node.func.value, known)
	if last in SAVED_BEHIND or (last in SAVED and doctype not in FORMS):
		return doctype or (_deleted_by_query(node.func.value, known) if last == "delete" else None)
	return None


def _deleted_by_query(node: ast.AST, known: dict[str, str]) -> str | None:
	"""The DocType of `frappe.qb.from_(table)…`, of which `.delete()` is called."""
	while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
		if node.func.attr == "from_":
			return _doctype(node, known)
		node = node.func.value
	return None
