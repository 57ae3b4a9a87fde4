"""The paged source used by the other tests fails, changes and counts as it is told."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from erp_connect.core.guard.egress import Policy
from erp_connect.tests.fakes.paged_records import Records
from erp_connect.tests.fakes.paged_source import PagedSource
from erp_connect.transport import guard
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest


@pytest.fixture
def http():
	with HttpClient(Policy.of(["127.0.0.0/8"])) as client:
		yield client


def get(http, url):
	return json.loads(http.send(HttpRequest("GET", url)).body)


def test_records_share_times_in_runs_and_change_later_than_everything():
	records = Records(10, run=4)
	times = [row["modified"] for row in records.slice(0, 10)[0]]
	assert [times.count(time) for time in dict.fromkeys(times)] == [4, 4, 2]
	records.mutate("R-000002", "R-000003")
	records.remove("R-000001")
	(added,) = records.add()
	ordered, total = records.slice(0, 20, by_change=True)
	assert (total, len(records)) == (10, 10)
	assert [row["id"] for row in ordered[-3:]] == ["R-000002", "R-000003", added]
	assert ordered[-3]["modified"] == ordered[-2]["modified"] < ordered[-1]["modified"]
	assert records.versions["R-000002"] == 2 and records.one("R-000001") is None
	records.share_time("R-000010", "R-000004")
	assert records.one("R-000004")["modified"] == records.one("R-000010")["modified"]


@pytest.mark.parametrize("times", ["iso", "frappe", "s", "ms"])
def test_a_filter_in_every_notation(times):
	records = Records(20, run=5, times=times)
	since = records.one("R-000011")["modified"]
	assert records.slice(0, 20, since)[1] == 10
	assert records.slice(0, 20, since, by_change=True)[1] == 10
	assert records.slice(0, 20, since, by_change=True, exclusive=True)[1] == 5
	with pytest.raises(ValueError):
		Records(1, times="stardate")


def test_single_records_and_unknown_paths(http):
	with PagedSource(3) as source:
		assert get(http, source.url("/records/R-000002"))["number"] == 2
		for path in ("/records/R-000009", "/nowhere"):
			assert http.send(HttpRequest("GET", source.url(path))).status == 404
		assert source.count("/nowhere") == 1


def test_faults_hit_one_page_only(http):
	with PagedSource(30) as source:
		source.fail("/offset", page=2, times=2, status=500)
		# A GET on a kept connection is sent once more by the client itself.
		source.fail("/page", page=1, times=2, status="reset")
		url = source.url("/offset?limit=10")
		statuses = [http.send(HttpRequest("GET", url)).status for _ in range(5)]
		with pytest.raises(TransportError):
			http.send(HttpRequest("GET", source.url("/page")))
		assert http.send(HttpRequest("GET", source.url("/page"))).status == 200
		with pytest.raises(ValueError):
			source.fail("/page", status="earthquake")
	assert statuses == [200, 500, 500, 200, 200] and source.count("/offset") == 5


def test_connections_are_kept(http, monkeypatch):
	opened, connect = [], guard._connect
	monkeypatch.setattr(guard, "_connect", lambda *where: opened.append(where) or connect(*where))
	with PagedSource(30) as source:
		statuses = {http.send(HttpRequest("GET", source.url("/page"))).status for _ in range(3)}
		assert statuses == {200} and len(opened) == 1


def test_by_itself_it_is_steered_over_http(http):
	command = [sys.executable, "-m", "erp_connect.tests.fakes.paged_source", "--port", "0", "--records", "25"]
	with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
		try:
			base = process.stdout.readline().split()[-1]

			def post(path, /, **values):
				return json.loads(
					http.send(HttpRequest("POST", base + path, {}, json.dumps(values).encode())).body
				)

			assert len(get(http, base + "/offset?limit=20")["data"]) == 20
			post("/_fail", path="/offset", page=2, status=503)
			assert http.send(HttpRequest("GET", base + "/offset")).status == 503
			post("/_add", count=2)
			post("/_mutate", ids=["R-000001"])
			post("/_remove", ids=["R-000002"])
			assert get(http, base + "/_state") == {"records": 26, "requests": 2, "given": 20}
			assert get(http, base + "/records/R-000001")["version"] == 2
		finally:
			process.terminate()
