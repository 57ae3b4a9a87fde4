"""Both ends of an exchange on loopback: a receiver that misbehaves on demand, a client, and whom TLS trusts."""

from __future__ import annotations

import pytest

from erp_connect.core.guard.egress import Policy
from erp_connect.tests.fakes.fault_server import FaultServer
from erp_connect.transport.client import HttpClient


@pytest.fixture
def server():
	with FaultServer() as running:
		yield running


@pytest.fixture
def client():
	with HttpClient(Policy.of(["127.0.0.0/8"]), read_timeout=5, deadline=10) as fresh:
		yield fresh


@pytest.fixture(scope="module")
def authority():
	return pytest.importorskip("trustme").CA()
