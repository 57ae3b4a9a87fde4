"""Finds names that a file takes from a module of this app which does not define them.

Ruff looks at one file at a time; a function that was renamed or removed is noticed only when the line runs.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


def missing_names(file: Path, root: Path, package: str) -> list[str]:
	"""`line: module.name` for each name that is used and not there. root: the folder that holds `package`."""
	tree = ast.parse(file.read_text("utf-8"))
	modules, found = _imported(tree, root, package)
	for name in _assigned(tree):
		modules.pop(name, None)  # the name means something else somewhere in this file
	for node in ast.walk(tree):
		line, name, attribute = _use(node)
		if name in modules and not _has(modules[name], attribute):
			found.append((line, f"{name}.{attribute}"))
	return [f"{line}: {text}" for line, text in sorted(found)]


def _imported(tree: ast.AST, root: Path, package: str) -> tuple[dict[str, Path], list[tuple[int, str]]]:
	"""Modules of the package by the name they have here, and what is imported although it is not there."""
	modules, missing = {}, []
	for node in ast.walk(tree):
		if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] != package:
			continue
		source = _module(root, node.module)
		for alias in node.names:
			if target := _module(root, f"{node.module}.{alias.name}"):
				modules[alias.asname or alias.name] = target
			elif source and not _has(source, alias.name):
				missing.append((node.lineno, f"{node.module}.{alias.name}"))
	return modules, missing


def _use(node: ast.AST) -> tuple[int, str | None, str]:
	"""`module.name`, or `patch.object(module, "name")`, by which tests replace it."""
	if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
		return node.lineno, node.value.id, node.attr
	if (
		isinstance(node, ast.Call)
		and ast.unparse(node.func).endswith("patch.object")
		and len(node.args) > 1
		and isinstance(node.args[0], ast.Name)
		and isinstance(node.args[1], ast.Constant)
	):
		return node.lineno, node.args[0].id, node.args[1].value
	return 0, None, ""


def _module(root: Path, dotted: str | None) -> Path | None:
	path = root.joinpath(*(dotted or "").split("."))
	for candidate in (path.with_suffix(".py"), path / "__init__.py"):
		if candidate.is_file():
			return candidate
	return None


def _has(module: Path, name: str) -> bool:
	beside = module.parent / name
	names = _defined(module)
	return (
		name in names
		or "__getattr__" in names
		or (module.name == "__init__.py" and (beside.with_suffix(".py").is_file() or beside.is_dir()))
		or name.startswith("__")
	)


@cache
def _defined(module: Path) -> frozenset[str]:
	tree = ast.parse(module.read_text("utf-8"))
	names = {name for node in _outside_functions(tree) for name in _names(node)}
	declared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
	return frozenset(names | declared)


def _outside_functions(tree: ast.AST):
	for node in ast.iter_child_nodes(tree):
		yield node
		if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
			yield from _outside_functions(node)


def _names(node: ast.AST) -> list[str]:
	if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
		return [node.name]
	if isinstance(node, (ast.Import, ast.ImportFrom)):
		return [alias.asname or alias.name.split(".")[0] for alias in node.names]
	return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []


def _assigned(tree: ast.AST) -> set[str]:
	stored = {
		node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
	}
	return stored | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
