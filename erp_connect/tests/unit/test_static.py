"""The rules of `static_checks.py`, applied to this repository; and each rule proved on what it must catch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from erp_connect.tests.unit import own_tables, unused_names
from erp_connect.tests.unit import static_checks as checks
from erp_connect.tests.unit.module_names import missing_names
from erp_connect.tests.unit.vendor_names import check_no_vendor

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "erp_connect"
MAX_LINES = 400

# Functions open to HTTP that only read, by module: these may answer to GET.
READS: dict[str, frozenset[str]] = {
	"erp_connect/api/accounts.py": frozenset({"health", "signing_schemes", "verification_schemes"}),
	"erp_connect/api/listing.py": frozenset({"get", "get_count", "get_group_by_count", "export_query"}),
	"erp_connect/api/installation.py": frozenset({"state"}),
	"erp_connect/api/events.py": frozenset({"document_state", "not_done", "older_than_sent", "reasons"}),
	"erp_connect/api/dashboard.py": frozenset({"events_by_day", "health", "overview"}),
	"erp_connect/api/flows.py": frozenset({"export_mapping", "field_options", "transforms"}),
	"erp_connect/api/monitoring.py": frozenset({"health", "metrics"}),
	"erp_connect/api/exemptions.py": frozenset({"choices"}),
	"erp_connect/api/links.py": frozenset({"kinds", "suggestion"}),
	"erp_connect/api/offers.py": frozenset({"flows"}),
	"erp_connect/api/parcels.py": frozenset({"of_note", "proposal"}),
	"erp_connect/api/presets.py": frozenset({"describe", "export_account", "options", "suggestions"}),
	"erp_connect/api/preset_releases.py": frozenset({"updates"}),
	"erp_connect/api/pulls.py": frozenset({"state"}),
	"erp_connect/api/review.py": frozenset({"conflict", "items", "match"}),
	"erp_connect/api/webhook_subscriptions.py": frozenset({"state"}),
	# Answers challenges by GET; stores nothing then.
	"erp_connect/api/webhook.py": frozenset({"receive"}),
	"erp_connect/api/v1/offers.py": frozenset({"offers"}),
	"erp_connect/api/v1/openapi.py": frozenset({"openapi"}),
	# By GET, these three take no session, but only headers that no browser sends by itself (`served/endpoint.py`).
	"erp_connect/api/v1/customers.py": frozenset({"create_customer"}),
	"erp_connect/api/v1/orders.py": frozenset({"create_order"}),
	"erp_connect/api/v1/order_events.py": frozenset({"cancel_order"}),
	"erp_connect/api/v1/hooks.py": frozenset({"me", "sample", "subscriptions"}),
	"erp_connect/api/v1/reports.py": frozenset({"export_file", "export_state", "report"}),
	"erp_connect/api/v1/sales.py": frozenset({"invoice", "invoices", "order", "orders", "shipments"}),
	"erp_connect/api/v1/storefront.py": frozenset(
		{"checkout_taxes", "customer_balance", "items", "prices", "stock"}
	),
	"erp_connect/api/v1/records.py": frozenset({"describe", "get", "job", "list_"}),
}
# The one module whose functions may be open to anybody, for it checks signatures itself.
GUEST_MODULE = "erp_connect/api/webhook.py"


def python_files(folder: Path, *, tests: bool = False) -> list[Path]:
	return sorted(
		file
		for file in folder.rglob("*.py")
		if tests or not {"tests", "node_modules"} & set(file.relative_to(ROOT).parts)
	)


def name_of(file: Path) -> str:
	return file.relative_to(ROOT).as_posix()


def problems_in(files: list[Path], check: Callable[[str], list[str]]) -> list[str]:
	return [f"{name_of(file)}: {problem}" for file in files for problem in check(file.read_text("utf-8"))]


CODE = python_files(APP)
CORE = python_files(APP / "core")
TRANSPORT = python_files(APP / "transport")
STORE = python_files(APP / "store")
WITHOUT_VENDORS = [
	file
	for file in (*CODE, *APP.rglob("doctype/*/*.json"), *(APP / "public/js").rglob("*.js"))
	if file.relative_to(APP).parts[0] != "presets"
]
MOVES = APP / "store/moves.py"
HOOKS = APP / "hooks.py"
DOCTYPES = sorted(file for file in APP.rglob("doctype/*/*.json") if file.stem == file.parent.name)


def test_there_is_something_to_check():
	assert len(CORE) > 5 and len(TRANSPORT) > 3 and len(CODE) > 30 and len(DOCTYPES) > 3


@pytest.mark.parametrize(
	("files", "check"),
	[
		(CORE, checks.check_no_frappe),
		(CORE, checks.check_core_pure),
		(TRANSPORT, checks.check_no_frappe),
		(TRANSPORT, checks.check_transport_alone),
		(CODE, checks.check_no_evaluation),
		([file for file in CODE if file not in TRANSPORT], checks.check_no_http),
		(python_files(APP, tests=True), checks.check_no_evaluation),
		(CODE, checks.check_no_administrator),
		([file for file in CODE if file not in STORE], own_tables.check_tables_changed_in_store),
		([file for file in STORE if file != MOVES], own_tables.check_status_changed_by_moves),
		(CODE, checks.check_commits_explained),
		(CODE, checks.check_permissions_explained),
		(CODE, checks.check_whitelist_typed),
		(WITHOUT_VENDORS, check_no_vendor),
	],
	ids=lambda value: value.__name__ if callable(value) else "",
)
def test_code(files, check):
	assert problems_in(files, check) == []


def test_every_table_of_ours_is_known():
	schemas = [json.loads(file.read_text("utf-8")) for file in DOCTYPES]
	assert {schema["name"] for schema in schemas} == own_tables.TABLES
	assert {schema["name"] for schema in schemas if schema.get("istable")} == own_tables.ROWS


def test_functions_that_change_something_answer_to_post_only():
	found = []
	for file in CODE:
		reads = READS.get(name_of(file), frozenset())
		problems = checks.check_whitelist_methods(file.read_text("utf-8"), reads)
		found += [f"{name_of(file)}: {problem}" for problem in problems]
	assert found == []


def test_every_listed_read_exists():
	for module, names in READS.items():
		there = {node.name for node, _ in checks.whitelisted((ROOT / module).read_text("utf-8"))}
		assert names <= there, module


def test_one_module_only_is_open_to_guests():
	open_modules = {name_of(file) for file in CODE if checks.guest_functions(file.read_text("utf-8"))}
	assert open_modules <= {GUEST_MODULE}


def test_every_name_of_another_module_is_there():
	files = [*python_files(APP, tests=True), *python_files(ROOT / "benchmarks")]
	found = [f"{name_of(file)}:{name}" for file in files for name in missing_names(file, ROOT, APP.name)]
	assert found == []


def test_a_name_that_is_gone_is_noticed(tmp_path):
	(tmp_path / "app").mkdir()
	(tmp_path / "app" / "__init__.py").touch()
	(tmp_path / "app" / "store.py").write_text("X = 1\ndef there(): ...\n")
	user = tmp_path / "app" / "user.py"
	user.write_text(
		"from app import store\nfrom app.store import X, gone\n"
		"store.there()\nstore.lost()\npatch.object(store, 'old')\n"
	)
	assert missing_names(user, tmp_path, "app") == ["2: app.store.gone", "4: store.lost", "5: store.old"]


def test_documents_are_submitted_in_one_place():
	"""Where a workflow approves them, Frappe's own `submit` would pass it by."""
	found = [str(file) for file in CODE if re.search(r"\b\w+\.submit\(\)", file.read_text())]
	assert [Path(file).name for file in found if "/tests/" not in file] == ["submitting.py"]


def test_nothing_is_there_for_its_tests_alone():
	assert unused_names.unused(ROOT) == []


def test_what_nothing_calls_is_noticed(tmp_path):
	app = tmp_path / "erp_connect"
	app.mkdir()
	(app / "__init__.py").touch()
	(app / "one.py").write_text(
		"def used(): ...\ndef queued(): ...\ndef lost(): return lost_too\nX = Y = 1\n"
	)
	(app / "two.py").write_text(
		"from erp_connect import one\none.used()\nJOB = 'erp_connect.one.queued'\nJOB\n"
	)
	assert unused_names.unused(tmp_path) == [f"erp_connect.one.{name}" for name in ("lost", "X", "Y")]


def test_names_say_what_a_thing_is():
	"""Not what its author thought while he wrote it; of modules, and of what others call."""
	vague = {
		"tell",
		"meanwhile",
		"together",
		"keeping",
		"filling",
		"standing",
		"unseen",
		"pace",
		"held",
		"moments",
	}
	modules = [name_of(file) for file in CODE if file.stem in vague]
	functions = [
		f"{name_of(file)}:{node.lineno}: {node.name}"
		for file in CODE
		for node in checks.ast.walk(checks.ast.parse(file.read_text("utf-8")))
		if isinstance(node, checks.ast.FunctionDef) and node.name in vague
	]
	assert modules + functions == []


def test_files_are_short():
	long = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in CODE}
	assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


def test_modules_say_what_they_promise():
	"""Every module with code of its own begins with a docstring; boilerplate and hooks need none."""
	silent = []
	for file in CORE + TRANSPORT:
		tree = checks.ast.parse(file.read_text("utf-8"))
		if tree.body and not checks.ast.get_docstring(tree):
			silent.append(name_of(file))
	assert silent == []


def test_hooks_are_data_and_lead_somewhere():
	source = HOOKS.read_text("utf-8")
	assert checks.check_hooks_are_data(source) == []
	assert checks.check_hook_paths(source, ROOT) == []
	assert checks.check_hook_assets(source, ROOT) == []


def test_every_screen_has_the_script_it_loads():
	scripts = sorted((APP / "erp_connect/doctype").rglob("*.js"))
	sources = [script.read_text("utf-8") for script in scripts]
	assert sum("erp_connect.load(" in source for source in sources) >= 6
	assert [name for source in sources for name in checks.check_loaded_screens(source, ROOT)] == []
	assert checks.check_loaded_screens('erp_connect.load("pulls", "none")', ROOT) == ["none"]


def test_dialogs_name_their_entries_and_give_no_advice_on_secrets():
	"""`erp_connect.dialog` does both; Frappe's own dialog does neither, nor do its prompts."""
	scripts = [file for file in APP.rglob("*.js") if not {"dist", "node_modules"} & set(file.parts)]
	asks = re.compile(r"frappe\.(ui\.Dialog|prompt)\b")
	found = {file.stem for file in scripts if asks.search(file.read_text("utf-8"))}
	assert found == {"dialog"}


def test_what_every_page_loads_is_small():
	"""The sync state of documents and what the lists of the app need before anything is loaded for them."""
	scripts = APP / "public/js"
	bundle = scripts / "erp_connect.bundle.js"
	loaded, ahead = set(), [bundle]
	while ahead:
		file = ahead.pop()
		loaded.add(file)
		found = re.findall(r'^(?:import|export)[^;]*?"(\.[^"]+)"', file.read_text("utf-8"), re.MULTILINE)
		ahead += [path for name in found if (path := (file.parent / f"{name}.js").resolve()) not in loaded]
	assert {file.parent for file in loaded - {bundle}} == {scripts / "document"}
	assert len(loaded) > 5 and sum(file.stat().st_size for file in loaded) < 28_000


@pytest.mark.parametrize("file", DOCTYPES, ids=lambda file: file.stem)
def test_doctype(file):
	assert checks.check_doctype(json.loads(file.read_text("utf-8")), file.parent) == []


def test_patches_exist():
	assert checks.check_patches((APP / "patches.txt").read_text("utf-8"), ROOT) == []


BAD = [
	(checks.check_no_frappe, "import frappe"),
	(checks.check_no_frappe, "def f():\n\tfrom frappe.utils import now"),
	(checks.check_no_frappe, "import erpnext.stock as stock"),
	(checks.check_core_pure, "import requests"),
	(checks.check_core_pure, "import numpy"),
	(checks.check_core_pure, "import os"),
	(checks.check_core_pure, "from time import time"),
	(checks.check_core_pure, "from erp_connect.transport import client"),
	(checks.check_core_pure, "import datetime\nx = datetime.datetime.now()"),
	(checks.check_core_pure, "from datetime import date\nx = date.today()"),
	(checks.check_transport_alone, "from erp_connect.store import sync_log"),
	(checks.check_no_evaluation, "eval('1')"),
	(checks.check_no_evaluation, "x = exec(code)"),
	(checks.check_no_evaluation, "frappe.safe_eval(text)"),
	(checks.check_no_evaluation, "from frappe.utils.safe_exec import safe_exec"),
	(checks.check_no_http, "import requests"),
	(checks.check_no_http, "from urllib.request import urlopen"),
	(checks.check_no_http, "from urllib import request"),
	(checks.check_no_http, "import http.client"),
	(checks.check_no_http, "from frappe.integrations.utils import make_post_request"),
	(checks.check_no_administrator, "frappe.set_user('Administrator')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('UPDATE `tabSync Log` SET due_at = 1')"),
	(
		own_tables.check_tables_changed_in_store,
		"frappe.db.sql(f'  insert into `tabSync Link` ({columns}) VALUES (1)')",
	),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('DELETE one FROM `tabSync Link` one')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql(f'UPDATE `tab{doctype}` SET a = 1')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql(f'UPDATE {TABLE} SET a = 1')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('DELETE FROM ' + TABLE)"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('DELETE FROM `tab' + doctype + '`')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('/* late */ UPDATE `tabSync Log` SET a = 1')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.set_value('Field Mapping Row', name, 'a', 1)"),
	(own_tables.check_tables_changed_in_store, "frappe.get_doc('Answer Rule', name).db_set('a', 1)"),
	(
		own_tables.check_tables_changed_in_store,
		"frappe.db.set_value('Integration Settings', name, 'paused', 1)",
	),
	(
		own_tables.check_tables_changed_in_store,
		"LOG = 'Sync Log'\nfrappe.db.set_value(LOG, name, 'status', 'x')",
	),
	(own_tables.check_tables_changed_in_store, "db.delete(doctype='Sync Cursor')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.bulk_insert('Sync Attempt', fields, rows)"),
	(own_tables.check_tables_changed_in_store, "frappe.delete_doc('Sync Link', name)"),
	(own_tables.check_tables_changed_in_store, "frappe.get_doc({'doctype': 'Sync Log', 'a': 1}).insert()"),
	(own_tables.check_tables_changed_in_store, "log = frappe.get_doc('Sync Log', name)\nlog.save()"),
	(
		own_tables.check_tables_changed_in_store,
		"doc = frappe.get_doc('Field Mapping', n)\ndoc.db_set('a', 1)",
	),
	(
		own_tables.check_tables_changed_in_store,
		"class SyncLog(Document):\n\tdef f(self): self.db_set('a', 1)",
	),
	(own_tables.check_tables_changed_in_store, "frappe.qb.update('Integration State').set('a', 1).run()"),
	(
		own_tables.check_tables_changed_in_store,
		"log = frappe.qb.DocType('Sync Log')\nfrappe.qb.from_(log).where(log.a == 1).delete().run()",
	),
	(own_tables.check_status_changed_by_moves, "frappe.db.sql('UPDATE `tabSync Log` SET status = %s')"),
	(
		own_tables.check_status_changed_by_moves,
		"frappe.db.sql('UPDATE `tabSync Log` log JOIN (SELECT 1) new SET log.a = 1, log.`status` = 2 WHERE 1')",
	),
	(own_tables.check_status_changed_by_moves, "frappe.db.set_value('Sync Log', name, values)"),
	(checks.check_commits_explained, "frappe.db.commit()"),
	(checks.check_commits_explained, "frappe.db.commit()  # nosemgrep: frappe-manual-commit"),
	(checks.check_permissions_explained, "doc.insert(ignore_permissions=True)"),
	(checks.check_permissions_explained, "doc.flags.ignore_permissions = True"),
	(checks.check_permissions_explained, "if x:\n\tfrappe.delete_doc('A', 'b', ignore_permissions=1)"),
	(checks.check_whitelist_typed, "@frappe.whitelist()\ndef f(a) -> None: ..."),
	(checks.check_whitelist_typed, "@frappe.whitelist\ndef f(a: str): ..."),
	(checks.check_whitelist_typed, "@whitelist()\ndef f(**kwargs) -> None: ..."),
	(check_no_vendor, "# As Shopify does."),
	(check_no_vendor, "def paytm_key(): ..."),
	(check_no_vendor, "kind = 'authorize_net'"),
	(check_no_vendor, "# UPS sends text."),
	(checks.check_hooks_are_data, "import os"),
	(checks.check_hooks_are_data, "a = open('x')"),
	(checks.check_hooks_are_data, "def f(): ..."),
]

GOOD = [
	(checks.check_no_frappe, "import frappe_free\nfrom erp_connect.core import errors"),
	(
		checks.check_core_pure,
		"import jmespath\nfrom datetime import datetime\nfrom erp_connect.core.values.paths import x",
	),
	(checks.check_transport_alone, "import urllib3\nfrom erp_connect.core import egress"),
	(checks.check_no_evaluation, "import re\nre.compile('a')\ncursor.exec(x)"),
	(checks.check_no_http, "from urllib.parse import urlsplit\nfrom http import HTTPStatus"),
	(checks.check_no_administrator, "frappe.set_user(account.user)"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('SELECT 1 FROM `tabSync Log` FOR UPDATE')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.sql('UPDATE `tabItem` SET a = 1')"),
	(own_tables.check_tables_changed_in_store, "frappe.db.delete(doctype, {'role': 'x'})"),
	(own_tables.check_tables_changed_in_store, "doc = frappe.get_doc('Field Mapping', name)\ndoc.save()"),
	(own_tables.check_tables_changed_in_store, "frappe.get_doc({'doctype': 'Customer'}).insert()"),
	(
		own_tables.check_tables_changed_in_store,
		"log = frappe.qb.DocType('Sync Log')\nfrappe.qb.from_(log).select(log.name).run()",
	),
	(
		own_tables.check_status_changed_by_moves,
		"frappe.db.sql('UPDATE `tabSync Log` SET due_at = 1 WHERE status = %s')",
	),
	(own_tables.check_status_changed_by_moves, "frappe.db.sql('UPDATE `tabSync Cursor` SET status = %s')"),
	(checks.check_commits_explained, "# The claim must be seen by others.\nfrappe.db.commit()"),
	(
		checks.check_permissions_explained,
		"# Written for the user, as the log.\ndoc.insert(ignore_permissions=True)",
	),
	(checks.check_permissions_explained, "doc.insert(ignore_permissions=False)"),
	(checks.check_whitelist_typed, "class A:\n\t@frappe.whitelist()\n\tdef f(self, a: str) -> None: ..."),
	(check_no_vendor, "# https://docs.stripe.com/api/pagination\nwake_ups = striped or GROUPS"),
	(checks.check_hooks_are_data, '"""Doc."""\nfrom . import __version__\na = {"b": ["c", 1, True]}'),
]


@pytest.mark.parametrize(("check", "source"), BAD)
def test_what_must_be_caught_is_caught(check, source):
	assert check(source)


@pytest.mark.parametrize(("check", "source"), GOOD)
def test_what_is_fine_passes(check, source):
	assert check(source) == []


@pytest.mark.parametrize(
	("decorator", "fine"),
	[
		("@frappe.whitelist", False),
		("@frappe.whitelist()", False),
		('@frappe.whitelist(methods=["GET", "POST"])', False),
		('@frappe.whitelist(methods=["POST"])', True),
	],
)
def test_whitelist_methods(decorator, fine):
	source = f"{decorator}\ndef f() -> None: ..."
	assert (checks.check_whitelist_methods(source, frozenset()) == []) is fine
	assert checks.check_whitelist_methods(source, frozenset({"f"})) == []


def test_guest_functions():
	source = "@frappe.whitelist(allow_guest=True)\ndef f(): ...\n@frappe.whitelist()\ndef g(): ..."
	assert checks.guest_functions(source) == ["f"]


def test_paths_resolve(tmp_path):
	package = tmp_path / "erp_connect"
	package.mkdir()
	(package / "__init__.py").write_text("")
	(package / "one.py").write_text("from os import path\nclass A:\n\tdef b(self): ...\ndef f(): ...\n")
	for good in ("erp_connect.one", "erp_connect.one.f", "erp_connect.one.A.b", "erp_connect.one.path"):
		assert checks.resolve(good, tmp_path) is None
	for bad in ("erp_connect.two", "erp_connect.one.g", "erp_connect.one.A.c"):
		assert checks.resolve(bad, tmp_path)
	assert checks.check_hook_paths("a = 'erp_connect.one.nothing'", tmp_path)
	assert checks.check_hook_assets("a = '/assets/erp_connect/js/none.js'", tmp_path)
	assert checks.check_patches("[pre_model_sync]\nerp_connect.one\n", tmp_path)
	assert checks.check_patches("execute:frappe.db.commit()\n", tmp_path)


def test_bad_doctype(tmp_path):
	folder = tmp_path / "sync_log"
	folder.mkdir()
	schema = {
		"name": "Sync Log",
		"permissions": [{"role": "All"}],
		"fields": [{"fieldname": "a"}],
		"field_order": ["b"],
	}
	assert len(checks.check_doctype(schema, folder)) == 3
	(folder / "sync_log.py").write_text("class SyncLog: ...\n")
	schema |= {"permissions": [{"role": "System Manager"}], "field_order": ["a"]}
	assert checks.check_doctype(schema, folder) == []
