"""Finds what modules of the app define for others and nothing but tests takes: dead code that its tests keep alive.

Sees names that are imported, taken from an imported module, or used in their own module; and dotted paths in texts,
by which hooks, jobs and scripts of Desk call. What Frappe calls by its name alone, or a caller reaches through a
module that was handed to it, is listed in KNOWN.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from erp_connect.tests.unit.layers import ALIASES, modules

# By module: who calls it.
KNOWN: dict[str, frozenset[str]] = {
	# The demonstration of the engine has a receiver that verifies.
	"erp_connect.core.delivery.signing": frozenset({"verify"}),
	# Lists that say which words there are; tests hold the code to them.
	"erp_connect.core.delivery.states": frozenset({"LIFE_CYCLES"}),
	"erp_connect.transport.errors": frozenset({"KINDS"}),
	# By name: of a page, and of the command line.
	"erp_connect.www.erp_connect_api": frozenset({"get_context", "no_cache"}),
	"erp_connect.commands": frozenset({"commands"}),
}
# Stores of walks, handed to `pull/` and `reconcile/` as modules: of these, whatever is taken from anything counts.
HANDED = frozenset(
	{"erp_connect.store.reconciliations", "erp_connect.store.sync_cursor", "erp_connect.store.loads"}
)
# Folders whose modules Frappe calls by names of its own.
BY_FRAPPE = re.compile(r"\.(hooks|patches\..*|doctype\..*|report\..*)$")
OPEN = re.compile(r"whitelist|click\.|command")


def unused(root: Path) -> list[str]:
	"""`module.name` for each. root: the folder that holds the package."""
	known = modules(root)
	trees = {name: ast.parse(path.read_text("utf-8")) for name, path in known.items()}
	used = {use for name, tree in trees.items() for use in _uses(name, tree, known)}
	texts = _texts(trees.values()) + _others(root)
	return [
		f"{module}.{name}"
		for module, tree in trees.items()
		if module not in ALIASES and not BY_FRAPPE.search(module)
		for name in _defined(tree)
		if not name.startswith("__")
		and (module, name) not in used
		and name not in KNOWN.get(module, ())
		and not re.search(rf"\b{re.escape(f'{module}.{name}')}\b", texts)
	]


def _uses(module: str, tree: ast.AST, known: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
	"""Module and name of everything that a module uses of the app, itself among it."""
	names, found = _imported(tree, known)
	yield from found
	for node in ast.walk(tree):
		if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
			yield module, node.id
		elif isinstance(node, ast.Attribute):
			yield from ((handed, node.attr) for handed in HANDED)
			yield names.get(ast.unparse(node.value), ""), node.attr


def _imported(tree: ast.AST, known: Mapping[str, Path]) -> tuple[dict[str, str], list[tuple[str, str]]]:
	"""Modules by the name that they have here, and what is imported by itself: its module and name."""
	names, found = {}, []
	imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
	for module, alias in ((node.module or "", alias) for node in imports for alias in node.names):
		if (inner := f"{module}.{alias.name}") in known:
			names[alias.asname or alias.name] = inner
		else:
			found.append((module, alias.name))
	return names, found


def _defined(tree: ast.Module) -> Iterator[str]:
	for node in tree.body:
		if isinstance(node, ast.FunctionDef | ast.ClassDef):
			if not any(OPEN.search(ast.unparse(decorator)) for decorator in node.decorator_list):
				yield node.name
		elif isinstance(node, ast.Assign):
			yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _texts(trees) -> str:
	constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
	return "\n".join(value for value in constants if isinstance(value, str))


def _others(root: Path) -> str:
	"""What else calls by dotted paths: scripts of Desk, records of Frappe, and the settings of the repository."""
	app = root / "erp_connect"
	files = [*(app / "public/js").rglob("*.js"), *(app / "erp_connect").rglob("*.js*"), *root.glob("*.csv")]
	return "\n".join(file.read_text("utf-8") for file in files)
