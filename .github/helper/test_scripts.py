"""The shell scripts beside this file: which benches they find, how they fail, and what heals a half-made site.

Nothing here needs a bench: the benches are folders, Frappe and MariaDB are stand-ins that write down their calls.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

HELPER = Path(__file__).resolve().parent
SETTINGS = (
	"CI", "BENCH_PATH", "BENCH_PATHS", "ERP_CONNECT_INSIDE", "ERP_CONNECT_VERBOSE", "ERP_CONNECT_MAKE_BENCH",
	"ERP_CONNECT_REQUIRE_BENCH",
)  # fmt: skip


def environment(tmp_path: Path, **settings: str) -> dict[str, str]:
	"""That of a user whose home is `tmp_path`, without what the caller of the tests has set."""
	kept = {key: value for key, value in os.environ.items() if key not in SETTINGS}
	return kept | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)} | settings


def run(tmp_path: Path, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
	"""A script that has the functions of setup.sh; its standard error comes with its output."""
	return subprocess.run(
		["bash", "-euo", "pipefail", "-c", f'source "{HELPER}/lib.sh"\n{script}'],
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		env=environment(tmp_path, **settings),
		check=False,
	)


def make_bench(path: Path, python: str = "exit 0", apps: tuple[str, ...] = ("frappe", "erpnext")) -> Path:
	"""The folders of a bench, and as its Python a shell script."""
	for app in apps:
		(path / "apps" / app / app).mkdir(parents=True)
	for folder in ("sites", "config", "env/bin"):
		(path / folder).mkdir(parents=True, exist_ok=True)
	(path / "apps/frappe/frappe/__init__.py").write_text('__version__ = "16.1.2"\n')
	program = path / "env/bin/python"
	program.write_text(f"#!/bin/sh\n{python}\n")
	program.chmod(0o755)
	return path


def test_bench_path_is_the_only_one(tmp_path):
	one, two = make_bench(tmp_path / "one"), make_bench(tmp_path / "two")
	done = run(tmp_path, "every_bench", BENCH_PATH=f"{one}/", BENCH_PATHS=f"{one}:{two}")
	assert done.stdout.splitlines() == [str(one)]


def test_every_bench_of_the_list(tmp_path):
	one, two = make_bench(tmp_path / "one"), make_bench(tmp_path / "two")
	paths = f"{one}:{tmp_path / 'absent'}:{two}/"
	assert run(tmp_path, "every_bench", BENCH_PATHS=paths).stdout.splitlines() == [str(one), str(two)]
	assert run(tmp_path, "echo $BENCH_PATH", BENCH_PATHS=paths).stdout.strip() == str(one)


def test_bench_in_the_home(tmp_path):
	bench = make_bench(tmp_path / "frappe-bench")
	assert run(tmp_path, "every_bench").stdout.splitlines()[0] == str(bench)
	assert run(tmp_path, 'version_at "$BENCH_PATH"').stdout.strip() == "16.1.2"


def test_states_of_a_bench(tmp_path):
	whole, broken, half = (make_bench(tmp_path / name) for name in ("whole", "broken", "half"))
	(broken / "env/bin/python").unlink()
	(tmp_path / "half.making").write_text("erpnext\n")
	(tmp_path / "empty").mkdir()
	bare = make_bench(tmp_path / "bare", apps=("frappe",))
	expected = {whole: "whole", broken: "broken", half: "none", tmp_path / "empty": "none", bare: "none"}
	for path, state in expected.items():
		assert run(tmp_path, f"state_at {path}").stdout.strip() == state, path


def test_a_bench_that_does_not_work_says_why(tmp_path):
	bench = make_bench(tmp_path / "bench", "echo Traceback; echo 'ImportError: no frappe'; exit 1")
	done = run(tmp_path, f"source {HELPER}/new_bench.sh; begin; ensure_bench", BENCH_PATH=str(bench))
	assert done.returncode == 1
	assert done.stdout.splitlines()[-1].startswith("error: the bench at ") and "no frappe" in done.stdout


def stage_2(tmp_path, **settings):
	"""The bench tests of a checkout, as the settings of its environment say."""
	copy = tmp_path / "checkout/.github/helper"
	shutil.copytree(HELPER, copy)
	return subprocess.run(
		["bash", copy / "test.sh", "bench"],
		capture_output=True,
		text=True,
		env=environment(tmp_path, **settings),
		check=False,
	)


def test_a_bench_that_does_not_work_fails_and_the_next_has_its_turn(tmp_path):
	paths = [tmp_path / "broken", make_bench(tmp_path / "other", "echo 'ImportError: no erpnext'; exit 1")]
	(tmp_path / "broken/apps/frappe/frappe").mkdir(parents=True)
	(tmp_path / "broken/apps/erpnext").mkdir()
	done = stage_2(tmp_path, BENCH_PATHS=":".join(map(str, paths)))
	lines = done.stdout.splitlines()
	assert done.returncode == 1 and lines[-1] == "0 passed, 2 failed, 0 skipped"
	assert lines[-4].startswith(f"bench tests, Frappe ? ({paths[0]})")
	assert lines[-3].startswith(f"bench tests, Frappe 16 ({paths[1]})")
	assert "no erpnext" in done.stderr


@pytest.mark.parametrize(
	("setting", "last", "code"),
	[
		("ERP_CONNECT_MAKE_BENCH", "0 passed, 0 failed, 1 skipped", 0),
		("ERP_CONNECT_REQUIRE_BENCH", "0 passed, 1 failed, 0 skipped", 1),
	],
)
def test_without_a_bench_that_could_be_made_stage_2_is_left_out_loudly_or_fails(
	tmp_path, setting, last, code
):
	nowhere = {"BENCH_PATHS": str(tmp_path / "none"), "FRAPPE_REPO": str(tmp_path / "no-such-repository")}
	done = stage_2(tmp_path, **nowhere, **{setting: "1"})
	assert (done.stdout.splitlines()[-1], done.returncode) == (last, code)
	assert ("STAGE 2 LEFT OUT" in done.stdout) is (code == 0)
	assert "No bench here, and none can be made" in done.stderr


@pytest.mark.parametrize(
	("branch", "found", "fits"),
	[
		("version-15", (3, 9, 2), False),
		("version-15", (3, 12, 1), True),
		("version-15", (3, 14, 0), False),
		("version-16", (3, 13, 5), False),
		("version-16", (3, 14, 0), True),
	],
)
def test_python_for_a_new_bench(tmp_path, branch, found, fits):
	python = tmp_path / "python"
	python.write_text(
		'#!/bin/sh\n[ "$1" != --version ] || { echo Python of the test; exit; }\n'
		f'shift 1; code=$(echo "$1" | sed "s/sys.version_info/{found}/"); shift\nexec python3 -c "$code" "$@"\n'
	)
	python.chmod(0o755)
	script = f'source {HELPER}/new_bench.sh; BENCH_USER=$(id -un); begin; choose_python; echo "has $PYTHON"'
	done = run(tmp_path, script, FRAPPE_BRANCH=branch, PYTHON=str(python))
	last = done.stdout.splitlines()[-1]
	assert last == f"has {python}" if fits else ("Python of the test" in last and "start again with" in last)


def test_a_failed_step_ends_with_one_sentence(tmp_path):
	bars = r"printf 'Updating DocTypes : [==  ] 40%%\rUpdating DocTypes : [====] 100%%\n'"
	script = f"begin; say 'Doing it'; quietly sh -c \"{bars}; echo Traceback; echo because; exit 3\""
	done = run(tmp_path, script, BENCH_PATH=str(tmp_path))
	lines = done.stdout.splitlines()
	assert done.returncode == 1
	assert lines[0] == "==> Doing it" and "    | because" in lines and "%" not in done.stdout
	log = lines[-1].split("The log is ")[1].split(":")[0]
	assert lines[-1].startswith("error: 'Doing it' failed.") and "start again" in lines[-1]
	assert "because" in Path(log).read_text() and "Updating DocTypes" in Path(log).read_text()


def test_a_step_that_succeeds_is_one_line(tmp_path):
	script = "begin; say 'Doing it'; quietly echo much"
	assert run(tmp_path, script).stdout.splitlines() == ["==> Doing it"]
	assert run(tmp_path, script, ERP_CONNECT_VERBOSE="1").stdout.splitlines() == ["==> Doing it", "much"]
	assert not list(tmp_path.glob("erp_connect-*"))


def test_a_reason_that_was_given_is_not_repeated(tmp_path):
	inner = f'bash -euc "source {HELPER}/lib.sh; begin; die no luck, start again"'
	done = run(tmp_path, f"begin; say 'Doing it'; attended {inner}")
	assert (
		done.stdout.splitlines() == ["==> Doing it", "error: no luck, start again"] and done.returncode == 1
	)
	done = run(tmp_path, "begin; say 'Doing it'; quietly die no luck, start again")
	assert len(done.stdout.splitlines()) == 2 and "no luck" in done.stdout


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_with_one_sentence(tmp_path, sent):
	inner = f"source {HELPER}/lib.sh; begin; say Waiting; quietly sh -c 'echo $$ >pid; sleep 60; true'"
	(tmp_path / "inner.sh").write_text(inner)
	script = f'source "{HELPER}/lib.sh"; begin; AT_EXIT+=(tidy); tidy() {{ touch tidied; }}; attended bash -eu inner.sh'
	shell = subprocess.Popen(
		["bash", "-euo", "pipefail", "-c", script],
		cwd=tmp_path,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		env=environment(tmp_path),
		# A run that was started with nohup would hand on that it is ignored.
		preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),
	)
	end = time.monotonic() + 10
	while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) and time.monotonic() < end:
		time.sleep(0.05)
	shell.send_signal(sent)
	said = shell.communicate(timeout=20)[0].splitlines()
	assert said[0] == "==> Waiting" and said[1].startswith("error: stopped by SIG") and len(said) == 2
	assert shell.returncode == 1 and (tmp_path / "tidied").exists()
	assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


STAND_INS = """
source {helper}/database.sh; source {helper}/site.sh
find_db_admin() {{ :; }}
run_sql() {{ echo "sql: $3" >>calls; }}
as_bench() {{ (cd "$BENCH_PATH" && "$@"); }}
on_site() {{ echo "$1" >>calls; [ "$1" != site_fault.py ] || echo "${{FAULT:-whole}}"; }}
frappe_cmd() {{
	echo "frappe: $*" >>calls
	if [ "$1" = new-site ]; then mkdir "$BENCH_PATH/sites/$2"; echo '{{"db_name": "_own"}}' >"$BENCH_PATH/sites/$2/site_config.json"; fi
	[[ "$*" != *"${{BREAK:-nothing}}"* ]]
}}
cd "$BENCH_PATH"; rm -f calls; begin
"""


class Sites:
	"""A bench in which keep_site runs with stand-ins."""

	def __init__(self, tmp_path: Path) -> None:
		self.tmp_path = tmp_path
		self.bench = make_bench(tmp_path / "bench")

	def keep(self, name: str, **settings: str) -> str:
		script = STAND_INS.format(helper=HELPER) + f"keep_site {name}"
		done = run(self.tmp_path, script, BENCH_PATH=str(self.bench), **settings)
		return f"{done.stdout}exit {done.returncode}"

	@property
	def calls(self) -> str:
		return (self.bench / "calls").read_text()


@pytest.fixture
def sites(tmp_path):
	return Sites(tmp_path)


def test_a_whole_site_is_migrated(sites):
	assert "exit 0" in sites.keep("demo-a.localhost")
	assert "exit 0" in sites.keep("demo-a.localhost")
	assert "migrate" in sites.calls and "new-site" not in sites.calls and "drop" not in sites.calls


@pytest.mark.parametrize(
	"broken", ["new-site", "install-app erpnext", "install-app erp_connect", "allow_tests"]
)
def test_a_site_whose_making_failed_is_made_anew(sites, broken):
	said = sites.keep("demo-a.localhost", BREAK=broken)
	assert "made anew.\nexit 1" in said
	said = sites.keep("demo-a.localhost")
	assert "its making was broken off" in said and "exit 0" in said
	assert "new-site" in sites.calls and "drop database if exists `_own`" in sites.calls
	assert "forget_jobs.py" in sites.calls
	assert "migrate" not in sites.calls
	assert "exit 0" in sites.keep("demo-a.localhost") and "migrate" in sites.calls


def test_a_scratch_site_that_cannot_be_opened_is_made_anew(sites):
	sites.keep("demo-a.localhost")
	said = sites.keep("demo-a.localhost", FAULT="its database does not answer")
	assert "its database does not answer" in said and "exit 0" in said and "new-site" in sites.calls


def test_a_real_site_is_never_made_anew(sites):
	sites.keep("erp.localhost")
	said = sites.keep("erp.localhost", FAULT="its database does not answer")
	assert "not a scratch site" in said and "exit 1" in said
	assert "new-site" not in sites.calls and "drop" not in sites.calls


def test_a_database_of_another_site_is_never_dropped(sites):
	sites.keep("demo-a.localhost")
	other = sites.bench / "sites/erp.localhost"
	other.mkdir()
	(other / "site_config.json").write_text('{"db_name": "_own"}')
	said = sites.keep("demo-a.localhost", FAULT="it has no company")
	assert "have the same database _own" in said and "exit 1" in said and "drop database" not in sites.calls


def test_databases_of_two_benches_differ(sites, tmp_path):
	script = f"source {HELPER}/site.sh; database_name test-a.localhost; BENCH_PATH={tmp_path}/other; database_name test-a.localhost"
	names = run(tmp_path, script, BENCH_PATH=str(sites.bench)).stdout.split()
	assert len(set(names)) == 2 and all(len(name) == 17 for name in names)


BENCH_PROGRAM = """#!/bin/bash
echo "$@" >>"{calls}"
case "$1" in
init)
	mkdir "{bench}" || exit 1
	mkdir -p "{bench}"/apps/frappe "{bench}"/sites "{bench}"/config "{bench}"/env/bin
	[ "$BREAK" != init ] || exit 1
	mkdir "{bench}"/apps/frappe/frappe
	echo '{{"redis_cache": "redis://127.0.0.1:13000"}}' >"{bench}/sites/common_site_config.json"
	printf '#!/bin/sh\\nexec python3 "$@"\\n' >"{bench}/env/bin/python" && chmod +x "{bench}/env/bin/python"
	;;
get-app)
	mkdir "{bench}/apps/erpnext" || exit 1
	[ "$BREAK" != get-app ] || exit 1
	mkdir "{bench}/apps/erpnext/erpnext"
	;;
esac
"""
MAKING = """
source {helper}/services.sh; source {helper}/new_bench.sh
for name in repositories_answer ensure_tools make_bench_user check_node ensure_bench_cli; do eval "$name() {{ :; }}"; done
choose_python() {{ PYTHON=python3; }}
as_user() {{ (cd "$1" && shift && "$@"); }}
bench_program() {{ echo "{program}"; }}
begin; ensure_bench
"""


class NewBench:
	"""A bench that is made by a stand-in for the bench program."""

	def __init__(self, tmp_path: Path) -> None:
		self.tmp_path = tmp_path
		self.path = tmp_path / "bench"
		self.calls = tmp_path / "calls"
		self.program = tmp_path / "bench-program"
		self.program.write_text(BENCH_PROGRAM.format(bench=self.path, calls=self.calls))
		self.program.chmod(0o755)

	def make(self, **settings: str) -> str:
		self.calls.write_text("")
		script = MAKING.format(helper=HELPER, program=self.program)
		settings = {"BENCH_PATH": str(self.path), "BENCH_PATHS": str(self.path), "BREAK": ""} | settings
		done = run(self.tmp_path, script, **settings)
		return f"{done.stdout}exit {done.returncode}"

	@property
	def steps(self) -> list[str]:
		return [line.split()[0] for line in self.calls.read_text().splitlines()]


@pytest.mark.parametrize(
	("broken", "then"), [("init", ["init", "get-app"]), ("get-app", ["get-app"]), ("", [])]
)
def test_a_bench_whose_making_failed_is_made_again(tmp_path, broken, then):
	bench = NewBench(tmp_path)
	said = bench.make(BREAK=broken)
	assert ("start again" in said and "exit 1" in said) if broken else "exit 0" in said
	state = run(tmp_path, 'state_at "$BENCH_PATH"', BENCH_PATH=str(bench.path)).stdout.strip()
	assert state == ("none" if broken else "whole")
	if broken:
		assert "exit 0" in bench.make() and bench.steps == then
	assert not list(tmp_path.glob("*.making"))


def test_a_new_bench_has_its_own_redis(tmp_path):
	other = make_bench(tmp_path / "other")
	(other / "sites/common_site_config.json").write_text('{"redis_cache": "redis://127.0.0.1:13000"}')
	bench = NewBench(tmp_path)
	assert "exit 0" in bench.make(BENCH_PATHS=f"{other}:{bench.path}")
	assert bench.steps == ["init", "setup", "get-app"]
	config = (bench.path / "sites/common_site_config.json").read_text()
	assert ":13001" in config and ":11001" in config and ":13000" not in config


def test_a_bench_gets_every_package_that_its_tests_need(tmp_path):
	"""A package that is missing there takes all tests of its part along: none of them is collected."""
	project = (HELPER.parents[1] / "pyproject.toml").read_text("utf-8")
	listed = project.split("bench-test = [")[1].split("\n]")[0]
	wanted = set(re.findall(r'^\s*"([\w-]+)', listed, re.MULTILINE))
	told = run(tmp_path, f'source "{HELPER}/tools.sh"; echo "${{PYTHON_TOOLS[*]}}"').stdout
	assert wanted and wanted <= set(told.split())
