"""The scripts in .github/helper: the total of a test run, and which code ends up in a bench."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HELPER = ROOT / ".github" / "helper"

pytestmark = pytest.mark.skipif(not HELPER.is_dir(), reason="installed without its repository")

JUNIT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><skipped/></testcase>
{more}</testsuite></testsuites>"""


def total(tmp_path: Path, *steps: tuple[str, str, str]) -> tuple[str, int]:
	"""Last line and exit code of total.py for steps of (name, exit code, JUnit text)."""
	lines = []
	for number, (name, code, junit) in enumerate(steps):
		file = tmp_path / f"{number}.xml"
		if junit not in ("", "missing"):
			file.write_text(junit)
		lines.append(f"{name}\t{code}\t{file if junit else ''}\n")
	(tmp_path / "steps.tsv").write_text("".join(lines))
	command = [sys.executable, HELPER / "total.py", tmp_path / "steps.tsv"]
	done = subprocess.run(command, capture_output=True, text=True, check=False)
	return done.stdout.splitlines()[-1], done.returncode


@pytest.mark.parametrize(
	("steps", "last", "code"),
	[
		([("lint", "0", ""), ("unit", "0", JUNIT)], "3 passed, 0 failed, 1 skipped", 0),
		([("unit", "0", JUNIT), ("bench", "skip", "")], "2 passed, 0 failed, 2 skipped", 0),
		([("lint", "1", ""), ("unit", "0", JUNIT)], "2 passed, 1 failed, 1 skipped", 1),
		([("unit", "1", JUNIT.replace("{more}", '<testcase name="d"><failure/></testcase>'))], None, 1),
		([("unit", "1", JUNIT.replace("{more}", '<testcase name="d"><error/></testcase>'))], None, 1),
		# A run that was killed, collected nothing or left no report has failed, whatever it counted.
		([("unit", "124", JUNIT)], "2 passed, 1 failed, 1 skipped", 1),
		([("unit", "5", "<testsuites/>")], "0 passed, 1 failed, 0 skipped", 1),
		([("unit", "0", "<testsuites/>")], "0 passed, 1 failed, 0 skipped", 1),
		([("unit", "2", "missing")], "0 passed, 1 failed, 0 skipped", 1),
		([("unit", "2", "<broken")], "0 passed, 1 failed, 0 skipped", 1),
	],
)
def test_total(tmp_path, steps, last, code):
	steps = [(name, exit_code, junit.replace("{more}", "")) for name, exit_code, junit in steps]
	assert total(tmp_path, *steps) == (last or "2 passed, 1 failed, 1 skipped", code)


@pytest.fixture
def bench(tmp_path):
	"""The folders of a bench; nothing in it can run."""
	path = tmp_path / "bench"
	for folder in ("apps/frappe/frappe", "apps/erpnext/erpnext", "sites", "config"):
		(path / folder).mkdir(parents=True)
	(path / "sites/apps.txt").write_text("frappe\nerpnext")
	return path


def run_in(bench: Path, script: str, **settings: str) -> str:
	"""Output of a script that has the functions of setup.sh, for a bench."""
	sources = f'source "{HELPER}/lib.sh"; source "{HELPER}/app.sh"; source "{HELPER}/site.sh"; '
	environment = {key: value for key, value in os.environ.items() if key != "CI"}
	environment |= {"BENCH_PATH": str(bench)} | settings
	done = subprocess.run(
		["bash", "-euo", "pipefail", "-c", sources + script],
		capture_output=True,
		text=True,
		env=environment,
		check=False,
	)
	return f"{done.stdout}{done.stderr}exit {done.returncode}"


def test_copy_is_made_and_renewed(bench):
	app = bench / "apps/erp_connect"
	assert "exit 0" in run_in(bench, "place_app")
	assert (app / "pyproject.toml").read_text() == (ROOT / "pyproject.toml").read_text()
	assert not (app / ".git").exists() and not (app / ".venv").exists()
	(app / "left_over.py").write_text("")
	assert "exit 0" in run_in(bench, "place_app")
	assert not (app / "left_over.py").exists()


def test_app_is_listed_once_and_on_its_own_line(bench):
	assert "exit 0" in run_in(bench, "register_app; register_app")
	assert (bench / "sites/apps.txt").read_text() == "frappe\nerpnext\nerp_connect\n"


def test_link_to_this_checkout_stays(bench):
	app = bench / "apps/erp_connect"
	app.symlink_to(ROOT)
	assert "runs this checkout itself" in run_in(bench, "place_app", CI="true")
	assert app.is_symlink()


def test_link_to_another_checkout_stays_unless_told(bench, tmp_path):
	app = bench / "apps/erp_connect"
	other = tmp_path / "other"
	other.mkdir()
	(other / "work.py").write_text("mine")
	app.symlink_to(other)
	assert "left as it is" in run_in(bench, "place_app")
	assert app.is_symlink()
	assert "exit 0" in run_in(bench, "place_app", CI="true")
	assert not app.is_symlink() and (app / "pyproject.toml").is_file()
	assert (other / "work.py").read_text() == "mine"


def test_clone_stays_or_is_kept_aside(bench):
	app = bench / "apps/erp_connect"
	app.mkdir()
	(app / "work.py").write_text("mine")
	assert "left as it is" in run_in(bench, "place_app")
	assert (app / "work.py").is_file()
	assert "exit 0" in run_in(bench, "place_app", ERP_CONNECT_REPLACE_APP="1")
	assert not (app / "work.py").exists()
	assert [file.read_text() for file in bench.glob("archived/apps/*/work.py")] == ["mine"]


def test_dangling_link_is_replaced(bench, tmp_path):
	app = bench / "apps/erp_connect"
	app.symlink_to(tmp_path / "gone")
	assert "exit 0" in run_in(bench, "place_app")
	assert not app.is_symlink() and (app / "pyproject.toml").is_file()


@pytest.mark.parametrize(
	("site", "fine"), [("test-a", True), ("demo-a", True), ("erp.localhost", False), ("contest-a", False)]
)
def test_only_scratch_sites_may_be_dropped(bench, site, fine):
	assert ("exit 0" in run_in(bench, f"need_scratch {site}")) is fine


def test_settings_of_the_bench(bench):
	(bench / "sites/common_site_config.json").write_text('{"db_port": 3307, "db_host": ""}')
	output = run_in(bench, "conf db_port 3306; conf db_host localhost; conf other none")
	assert output.splitlines() == ["3307", "localhost", "none", "exit 0"]


FUNCTION = re.compile(r"^([a-z_]+)\(\) *[{(]", re.MULTILINE)
SOURCED = re.compile(r"^# shellcheck source=([\w.]+)$", re.MULTILINE)
SCRIPTS = sorted(HELPER.glob("*.sh"))


def everything_of(script: Path) -> str:
	"""The text of a script and of all that it sources."""
	text = script.read_text()
	return text + "".join(everything_of(HELPER / name) for name in SOURCED.findall(text))


@pytest.mark.parametrize(
	"script", [one for one in SCRIPTS if SOURCED.search(one.read_text())], ids=lambda one: one.name
)
def test_a_script_sources_what_it_calls(script):
	"""Else it ends half way: shellcheck takes any word for a command."""
	known = {name for one in SCRIPTS for name in FUNCTION.findall(one.read_text())}
	code = re.sub(r"^\s*#.*|\"[^\"$]*\"|'[^']*'", "", script.read_text(), flags=re.MULTILINE)
	called = {
		word for word in re.findall(r"(?:^|\$\(|&& |\|\| |; |! )\s*([a-z_]+)\b(?!=)", code, re.MULTILINE)
	}
	assert not (called & known) - set(FUNCTION.findall(everything_of(script)))
