"""The layers of this app, and what goes against them: each package imports only from those above it in the list.

Looks at every import, also within functions and for types only, and at cycles between modules.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

# From the top: a line may import from itself and from the lines above it.
LAYERS = (
	("core",),
	("compat", "messages"),
	("store",),
	("transport",),
	("jobs",),
	("config",),
	("admission",),
	("records",),
	("calls",),
	("commerce",),
	("capture",),
	("outbound",),
	("inbound",),
	("pull",),
	("reconcile",),
	("served",),
	("operate",),
	("api",),
	# What Frappe calls by name: hooks, pages and the controllers of the DocTypes.
	("boot", "hooks", "install", "uninstall", "patches", "www", "erp_connect", "commands"),
)
CORE_LAYERS = (
	("errors", "problems"),
	("values", "guard"),
	("parse",),
	("expressions",),
	("payload",),
	("mapping",),
	("paging",),
	("delivery",),
	("verify",),
	("presets",),
	("commerce",),
)
COMMERCE_LAYERS = (
	("settings", "amounts"),
	("parties",),
	("sales",),
	("money",),
	("stock",),
	("returns",),
	("revisions",),
	("shop",),
	("handlers",),
)
# Where jobs that were queued before an upgrade find their way: nothing but names of what is elsewhere now.
ALIASES = frozenset({"erp_connect.outbound.sweep", "erp_connect.inbound.bulk"})


def modules(root: Path) -> dict[str, Path]:
	"""Every module of the app but its tests, by its dotted name. root: the folder that holds the package."""
	found = {}
	for path in sorted((root / "erp_connect").rglob("*.py")):
		parts = path.relative_to(root).with_suffix("").parts
		name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
		if "tests" not in parts:
			found[name] = path
	return found


def imports(source: str, known: dict[str, Path] | set[str], module: str = "") -> Iterator[tuple[int, str]]:
	"""Line and name of every module of ours that a source imports. module: the name of the source's own."""
	for node in ast.walk(ast.parse(source)):
		if isinstance(node, ast.Import):
			yield from ((node.lineno, alias.name) for alias in node.names if alias.name in known)
		elif isinstance(node, ast.ImportFrom):
			source_module = _absolute(node, module)
			for alias in node.names:
				inner = f"{source_module}.{alias.name}"
				if name := next((name for name in (inner, source_module) if name in known), None):
					yield node.lineno, name


def _absolute(node: ast.ImportFrom, module: str) -> str:
	"""The dotted name of what is imported from, also of `from ..outbound import drain`."""
	if not node.level:
		return node.module or ""
	return ".".join([*module.split(".")[: -node.level], *([node.module] if node.module else [])])


def graph(root: Path) -> dict[str, list[tuple[int, str]]]:
	"""What each module imports of this app."""
	known = modules(root)
	found = {}
	for name, path in known.items():
		# A package's `__init__` counts the dots of its imports from itself.
		inside = f"{name}.__init__" if path.name == "__init__.py" else name
		found[name] = list(imports(path.read_text("utf-8"), known, inside))
	return found


def against_layers(edges: dict[str, list[tuple[int, str]]], prefix: str, layers: tuple) -> list[str]:
	"""Imports from a line below, among the packages and modules right under `prefix`."""
	place = {name: number for number, names in enumerate(layers) for name in names}
	problems = []
	for module, found in edges.items():
		own = _part(module, prefix)
		if own is None or module in ALIASES:
			continue
		if own not in place:
			problems.append(f"{module}: {own} stands in no layer")
			continue
		for line, other in found:
			part = _part(other, prefix)
			if part is not None and place.get(part, 0) > place[own]:
				problems.append(f"{module}:{line} imports {other}, which is below it")
	return problems


def _part(module: str, prefix: str) -> str | None:
	"""`core` of `erp_connect.core.errors` under `erp_connect`; None for what is not below the prefix."""
	head, _, rest = module.partition(prefix + ".")
	return rest.split(".")[0] if not head and rest else None


def cycles(edges: dict[str, list[tuple[int, str]]]) -> list[str]:
	"""Modules that import each other, directly or round about, each cycle once."""
	problems, done, path = [], set(), []

	def visit(module: str) -> None:
		if module in path:
			problems.append(" → ".join([*path[path.index(module) :], module]))
			return
		if module in done:
			return
		path.append(module)
		for _, other in edges.get(module, ()):
			# A package's own `__init__` names what is inside it.
			if other != module and not module.startswith(other + "."):
				visit(other)
		path.pop()
		done.add(module)

	for module in edges:
		visit(module)
	return problems
