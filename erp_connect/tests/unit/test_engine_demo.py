"""The demonstration without a bench keeps its promises, and notices when one is broken."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[3] / "demo" / "engine_demo.py"

pytestmark = pytest.mark.skipif(not DEMO.is_file(), reason="installed without its repository")


@pytest.fixture
def demo(monkeypatch):
	spec = importlib.util.spec_from_file_location("engine_demo", DEMO)
	module = importlib.util.module_from_spec(spec)
	monkeypatch.setitem(sys.modules, "engine_demo", module)
	spec.loader.exec_module(module)
	return module


def test_everything_arrives_after_retries(demo, capsys):
	assert demo.run(pause=0) is True
	output = capsys.readouterr().out
	assert "5 of 5 documents delivered in 7 requests" in output
	assert output.count("again in") == 2
	assert '"order_id": "R-late"' in output


def test_a_changed_key_is_noticed(demo, monkeypatch, capsys):
	send = demo.send
	monkeypatch.setattr(
		demo,
		"send",
		lambda account, path, key, *rest: send(account, path, f"{key}{demo.time.time_ns()}", *rest),
	)
	assert demo.run(pause=0) is False
	assert "FAILED retries came with the same key" in capsys.readouterr().out


def test_a_wrong_signature_is_noticed(demo, monkeypatch):
	sign = demo.sign
	monkeypatch.setattr(demo, "sign", lambda key, at, body, keys: sign(key, at, body + b" ", keys))
	with pytest.raises(Exception, match="signature does not fit"):
		demo.run(pause=0)
