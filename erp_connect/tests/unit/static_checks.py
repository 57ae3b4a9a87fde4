"""Rules of this code base that can be read off the syntax tree: each check answers with a list of problems.

Promises to look only, never to import or run what it looks at. `test_static.py` applies the checks to the
repository, and proves each of them on a sample that must be caught.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

FORBIDDEN_CALLS = {"eval", "exec", "safe_eval", "safe_exec", "compile_restricted", "__import__"}
HTTP_MODULES = {
	"requests",
	"urllib3",
	"httpx",
	"aiohttp",
	"httplib2",
	"pycurl",
	"requests_oauthlib",
	"socket",
}
HTTP_MODULES |= {"http.client", "urllib.request", "frappe.integrations.utils"}
CORE_LIBRARIES = {
	"jmespath",
	"xmltodict",
	"defusedxml",
	"cryptography",
	"pydantic",
	"pydantic_core",
	"erp_connect",
}
IMPURE_MODULES = {"os", "time", "random", "secrets", "uuid", "subprocess", "socket", "threading", "tempfile"}
CLOCK_CALLS = {"now", "utcnow", "today"}
DOTTED_PATH = re.compile(r"^erp_connect(\.\w+)+(?<!\.js)(?<!\.css)(?<!\.scss)$")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
	"""Line and full name of everything imported: `from a import b` gives both `a` and `a.b`."""
	for node in ast.walk(tree):
		if isinstance(node, ast.Import):
			yield from ((node.lineno, alias.name) for alias in node.names)
		elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
			yield node.lineno, node.module
			yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def called_name(node: ast.AST) -> str:
	"""The dotted name that a call or a decorator names, as far as it can be read; else an empty string."""
	if isinstance(node, ast.Call):
		node = node.func
	parts: list[str] = []
	while isinstance(node, ast.Attribute):
		parts.append(node.attr)
		node = node.value
	parts.append(node.id if isinstance(node, ast.Name) else "?")
	return ".".join(reversed(parts))


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
	"""Every call with the dotted name it calls."""
	for node in ast.walk(tree):
		if isinstance(node, ast.Call):
			yield node, called_name(node)


def is_within(name: str, modules: Iterable[str]) -> bool:
	"""Whether an imported name is one of the modules or inside one."""
	return any(name == module or name.startswith(module + ".") for module in modules)


def check_no_frappe(source: str) -> list[str]:
	"""core and transport stand without Frappe and ERPNext."""
	return [
		f"line {line}: imports {name}"
		for line, name in imports(ast.parse(source))
		if is_within(name, {"frappe", "erpnext"})
	]


def check_core_pure(source: str) -> list[str]:
	"""core knows the standard library, CORE_LIBRARIES and itself; it has no clock and no chance."""
	tree = ast.parse(source)
	problems = []
	for line, name in imports(tree):
		root = name.split(".")[0]
		known = root in CORE_LIBRARIES or root in sys.stdlib_module_names
		outside = root == "erp_connect" and not is_within(name, {"erp_connect.core"}) and "." in name
		if not known or outside or is_within(name, IMPURE_MODULES | HTTP_MODULES):
			problems.append(f"line {line}: imports {name}")
	for node, name in calls(tree):
		if "." in name and name.rpartition(".")[2] in CLOCK_CALLS:
			problems.append(f"line {node.lineno}: reads the clock by {name}()")
	return problems


def check_transport_alone(source: str) -> list[str]:
	"""transport knows core and itself, and nothing else of this app."""
	allowed = {"erp_connect.core", "erp_connect.transport", "erp_connect.__version__"}
	return [
		f"line {line}: imports {name}"
		for line, name in imports(ast.parse(source))
		if name.startswith("erp_connect.") and not is_within(name, allowed)
	]


def check_no_evaluation(source: str) -> list[str]:
	"""Nothing that a person wrote is ever run as code."""
	problems = []
	for node, name in calls(ast.parse(source)):
		owner, _, last = name.rpartition(".")
		if last in FORBIDDEN_CALLS and owner in ("", "builtins", "frappe", "frappe.utils", "safe_exec"):
			problems.append(f"line {node.lineno}: calls {name}()")
	problems += [
		f"line {line}: imports {name}"
		for line, name in imports(ast.parse(source))
		if name.rpartition(".")[2] in FORBIDDEN_CALLS
	]
	return problems


def check_no_http(source: str) -> list[str]:
	"""Only transport opens connections."""
	return [
		f"line {line}: imports {name}"
		for line, name in imports(ast.parse(source))
		if is_within(name, HTTP_MODULES)
	]


def check_no_administrator(source: str) -> list[str]:
	"""Nothing becomes Administrator: each account acts as its own user."""
	return [
		f"line {node.lineno}: {name}('Administrator')"
		for node, name in calls(ast.parse(source))
		if name.endswith("set_user") and any(is_text(argument, "Administrator") for argument in node.args)
	]


def is_text(node: ast.AST, text: str) -> bool:
	"""Whether a node is this string literal."""
	return isinstance(node, ast.Constant) and node.value == text


def comment_lines(source: str) -> set[int]:
	"""Lines with a comment that says something: more than a mark for a linter."""
	found = set()
	for token in tokenize.generate_tokens(io.StringIO(source).readline):
		if token.type == tokenize.COMMENT:
			text = re.sub(r"nosemgrep\S*|noqa\S*|type:\s*ignore\S*|[#:]", " ", token.string)
			if len(text.split()) >= 3:
				found.add(token.start[0])
	return found


def check_commits_explained(source: str) -> list[str]:
	"""Every commit says why it stands there: in a comment beside it or right above."""
	comments = comment_lines(source)
	return [
		f"line {node.lineno}: {name}() without a comment that says why"
		for node, name in calls(ast.parse(source))
		if name.endswith("db.commit") and not comments & {node.lineno, node.lineno - 1}
	]


def check_permissions_explained(source: str) -> list[str]:
	"""Every `ignore_permissions` says why: in a comment beside its statement or right above."""
	comments = comment_lines(source)
	problems = []
	for statement in statements(ast.parse(source)):
		lines = set(range(statement.lineno - 1, (statement.end_lineno or statement.lineno) + 1))
		if grants_all(statement) and not comments & lines:
			problems.append(f"line {statement.lineno}: ignore_permissions without a comment that says why")
	return problems


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
	"""The simple statements: those that hold no other statements."""
	for node in ast.walk(tree):
		if isinstance(node, ast.stmt) and not hasattr(node, "body"):
			yield node


def grants_all(statement: ast.stmt) -> bool:
	"""Whether a statement passes or sets `ignore_permissions` to something that is not false."""
	for node in ast.walk(statement):
		if isinstance(node, ast.keyword) and node.arg == "ignore_permissions":
			return not (isinstance(node.value, ast.Constant) and not node.value.value)
		if isinstance(node, ast.Attribute) and node.attr == "ignore_permissions":
			return isinstance(node.ctx, ast.Store)
	return False


def whitelisted(source: str) -> Iterator[tuple[ast.FunctionDef, ast.Call | None]]:
	"""Functions open to HTTP, each with the call of its decorator (None when it is bare)."""
	for node in ast.walk(ast.parse(source)):
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
			for decorator in node.decorator_list:
				if called_name(decorator).endswith("whitelist"):
					yield node, decorator if isinstance(decorator, ast.Call) else None


def option(decorator: ast.Call | None, name: str) -> object:
	"""The literal value of an option of a decorator, or None."""
	for keyword in decorator.keywords if decorator else ():
		if keyword.arg == name:
			return ast.literal_eval(keyword.value)
	return None


def check_whitelist_typed(source: str) -> list[str]:
	"""Every argument of a function open to HTTP has a type, which Frappe then enforces, and so has its answer."""
	problems = []
	for node, _ in whitelisted(source):
		given = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
		given += [argument for argument in (node.args.vararg, node.args.kwarg) if argument]
		for argument in given:
			if argument.arg not in ("self", "cls") and argument.annotation is None:
				problems.append(f"line {node.lineno}: {node.name}: argument {argument.arg} has no type")
		if node.returns is None:
			problems.append(f"line {node.lineno}: {node.name}: the answer has no type")
	return problems


def check_whitelist_methods(source: str, reads: frozenset[str]) -> list[str]:
	"""What changes something answers to POST only: a GET carries no CSRF token. `reads` are the exceptions."""
	problems = []
	for node, decorator in whitelisted(source):
		methods = option(decorator, "methods")
		if node.name in reads:
			continue
		if not methods or "GET" in methods or "HEAD" in methods:
			problems.append(f'line {node.lineno}: {node.name}: say methods=["POST"], or list it as a read')
	return problems


def guest_functions(source: str) -> list[str]:
	"""Functions open to anybody."""
	return [node.name for node, decorator in whitelisted(source) if option(decorator, "allow_guest")]


def check_hooks_are_data(source: str) -> list[str]:
	"""hooks.py assigns literals; it imports nothing but the version and calculates nothing."""
	problems = []
	for node in ast.parse(source).body:
		if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
			continue
		if isinstance(node, ast.ImportFrom) and [alias.name for alias in node.names] == ["__version__"]:
			continue
		if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_literal(node.value):
			problems.append(f"line {node.lineno}: not a plain assignment of a literal")
	return problems


def is_literal(node: ast.AST | None) -> bool:
	"""Whether a node is a literal through and through."""
	try:
		ast.literal_eval(node)
	except (ValueError, TypeError):
		return False
	return True


def texts_of(source: str) -> set[str]:
	"""All string literals."""
	return {
		node.value
		for node in ast.walk(ast.parse(source))
		if isinstance(node, ast.Constant) and isinstance(node.value, str)
	}


def resolve(dotted: str, root: Path) -> str | None:
	"""None when a dotted path names something defined below `root`, else the reason why it does not."""
	parts = dotted.split(".")
	for count in range(len(parts), 0, -1):
		base = root.joinpath(*parts[:count])
		file = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
		if file.is_file():
			return find_in(file, parts[count:])
	return f"{dotted}: no such module"


def find_in(file: Path, names: list[str]) -> str | None:
	"""None when the names lead from the module to a definition, else the reason why they do not."""
	body = ast.parse(file.read_text(encoding="utf-8")).body
	for name in names:
		found = next((node for node in body if name in defined_names(node)), None)
		if found is None:
			return f"{'.'.join(names)} is not defined in {file.name}"
		body = getattr(found, "body", [])
	return None


def defined_names(node: ast.stmt) -> set[str]:
	"""The names that a statement at the top of a module or class defines."""
	if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
		return {node.name}
	if isinstance(node, ast.Assign):
		return {target.id for target in node.targets if isinstance(target, ast.Name)}
	if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
		return {node.target.id}
	if isinstance(node, ast.Import | ast.ImportFrom):
		return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
	return set()


def check_hook_paths(source: str, root: Path) -> list[str]:
	"""Every dotted path of ours in hooks.py leads to something."""
	reasons = (resolve(text, root) for text in sorted(texts_of(source)) if DOTTED_PATH.match(text))
	return [reason for reason in reasons if reason]


def check_hook_assets(source: str, root: Path) -> list[str]:
	"""Every file that hooks.py names is there: `/assets/erp_connect/...`, `public/...` and bundles."""
	problems = []
	for text in sorted(texts_of(source)):
		if text.startswith("/assets/erp_connect/"):
			found = (root / "erp_connect/public" / text.removeprefix("/assets/erp_connect/")).is_file()
		elif text.startswith("public/"):
			found = (root / "erp_connect" / text).is_file()
		elif re.fullmatch(r"[\w.-]+\.bundle\.(js|css|scss)", text):
			found = any((root / "erp_connect/public").rglob(text.rpartition(".")[0] + ".*"))
		else:
			continue
		if not found:
			problems.append(f"{text}: no such file")
	return problems


def check_loaded_screens(source: str, root: Path) -> list[str]:
	"""Every screen whose script is loaded by `erp_connect.load` has a bundle."""
	names = re.findall(r"\"(\w+)\"", " ".join(re.findall(r"erp_connect\.load\(([^)]*)\)", source)))
	built = {path.name for path in (root / "erp_connect/public/js").rglob("*.bundle.js")}
	return [name for name in names if f"erp_connect_{name}.bundle.js" not in built]


def check_doctype(schema: dict, folder: Path) -> list[str]:
	"""A DocType is open to named roles only, has its controller, and its fields are in their order."""
	problems = [
		f"permission for {permission['role']}"
		for permission in schema.get("permissions", ())
		if permission["role"] in ("All", "Guest", "Desk User")
	]
	controller = folder / f"{folder.name}.py"
	wanted = schema["name"].replace(" ", "").replace("-", "")
	if not controller.is_file():
		problems.append(f"no controller {controller.name}")
	elif find_in(controller, [wanted]):
		problems.append(f"no class {wanted} in {controller.name}")
	if schema["name"].lower().replace(" ", "_").replace("-", "_") != folder.name:
		problems.append(f"folder {folder.name} does not fit the name {schema['name']}")
	names = [field["fieldname"] for field in schema.get("fields", ())]
	if sorted(names) != sorted(schema.get("field_order", names)):
		problems.append(f"field_order and fields differ: {sorted(set(names) ^ set(schema['field_order']))}")
	return problems


def check_patches(text: str, root: Path) -> list[str]:
	"""Every line of patches.txt names a module with an `execute` function; no one-line code."""
	problems = []
	for line in text.splitlines():
		entry = line.split("#")[0].strip()
		if not entry or re.fullmatch(r"\[(pre|post)_model_sync\]", entry):
			continue
		if not DOTTED_PATH.match(entry):
			problems.append(f"{entry}: not the dotted path of a module of ours")
		elif reason := resolve(f"{entry}.execute", root):
			problems.append(reason)
	return problems
