"""The receiver used by the other tests does what its script says."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from erp_connect.core.guard.egress import Policy
from erp_connect.tests.fakes.fault_server import FAULTS, FaultServer, Reply, _Answerer
from erp_connect.transport.client import HttpClient
from erp_connect.transport.messages import HttpRequest


@pytest.fixture
def http():
	with HttpClient(Policy.of(["127.0.0.0/8"])) as client:
		yield client


def test_a_script_is_played_and_its_last_reply_repeats(http):
	with FaultServer() as server:
		server.script("/orders", "503,503,200")
		statuses = [http.send(HttpRequest("POST", server.url("/orders"))).status for _ in range(4)]
		other = http.send(HttpRequest("POST", server.url("/other"))).status
	assert (statuses, other) == ([503, 503, 200, 200], 201)
	assert len(server.received("/orders")) == 4


def test_one_id_for_one_key(http):
	def create(key):
		return json.loads(
			http.send(HttpRequest("POST", server.url("/orders"), {"Idempotency-Key": key})).body
		)["id"]

	with FaultServer() as server:
		assert [create(key) for key in ("a", "b", "a")] == ["R-1", "R-2", "R-1"]


def test_every_fault_has_its_answer():
	assert all(hasattr(_Answerer, "_" + fault) for fault in FAULTS if fault)
	with pytest.raises(ValueError):
		Reply(fault="earthquake")


def test_by_itself_it_is_steered_over_http(http):
	command = [
		sys.executable,
		"-m",
		"erp_connect.tests.fakes.fault_server",
		"--port",
		"0",
		"--script",
		"/a=418",
	]
	with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
		try:
			base = process.stdout.readline().split()[-1].rstrip("/")
			script = json.dumps({"path": "/b", "script": "500"}).encode()
			http.send(HttpRequest("POST", f"{base}/_script", {}, script))
			statuses = [http.send(HttpRequest("POST", base + path, {}, b"x")).status for path in ("/a", "/b")]
			listed = json.loads(http.send(HttpRequest("GET", f"{base}/_requests")).body)
			http.send(HttpRequest("DELETE", f"{base}/_requests"))
			left = json.loads(http.send(HttpRequest("GET", f"{base}/_requests")).body)
		finally:
			process.terminate()
	assert statuses == [418, 500]
	assert [(entry["path"], entry["body"]) for entry in listed] == [("/a", "x"), ("/b", "x")]
	assert left == []
