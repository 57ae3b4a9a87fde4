"""How the proxy and the client certificate are written in site_config.json."""

from __future__ import annotations

import pytest

from erp_connect.config.egress import certificate_of, proxy_of
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.tls import ClientCertificate

URL = "http://me:hunter2@proxy.example:3128"
FILES = {"certificate": "/a/cert.pem", "key": "/a/key.pem", "password": "hunter2"}


def proxy(value, account="Shop"):
	return proxy_of({"erp_connect_proxy": value}, account)


def certificate(value, account="Shop"):
	return certificate_of({"erp_connect_client_certificate": value}, account)


def test_nothing_is_set():
	assert proxy_of({}, "Shop") is None and certificate_of({}, "Shop") is None
	assert proxy("") is None and proxy(None) is None and certificate({}) is None


def test_a_proxy_for_the_whole_site():
	for account in ("Shop", ""):
		found = proxy(URL, account)
		assert (str(found), found.resolves) == ("proxy.example:3128", False)
		assert found.authorization == Secret("Basic bWU6aHVudGVyMg==")
	assert proxy({"url": "http://p.example:80", "resolves": True}).resolves
	assert proxy("http://p.example:80").authorization is None


def test_a_proxy_by_account():
	both = {
		"Shop": None,
		"Bank": {"url": "http://bank.example:1", "resolves": 1},
		"*": "http://all.example:2",
	}
	assert proxy(both) is None
	assert (str(proxy(both, "Bank")), proxy(both, "Bank").resolves) == ("bank.example:1", True)
	assert str(proxy(both, "Other")) == str(proxy(both, "")) == "all.example:2"
	assert proxy({"Bank": URL}, "Other") is None


def test_a_certificate():
	assert certificate(FILES) == ClientCertificate("/a/cert.pem", "/a/key.pem", Secret("hunter2"))
	assert certificate({"certificate": "/a/both.pem"}) == ClientCertificate("/a/both.pem")
	by_account = {"Shop": FILES, "*": {"certificate": "/b.pem"}, "Bank": None}
	assert certificate(by_account).certificate == "/a/cert.pem"
	assert certificate(by_account, "Other").certificate == "/b.pem"
	assert certificate(by_account, "Bank") is None


@pytest.mark.parametrize(
	"value",
	[
		5,
		["http://me:hunter2@proxy.example:3128"],
		"hunter2",
		{"url": ""},
		{"url": URL, "resolve": True},
		{"url": URL, "resolves": "hunter2"},
		{"Shop": 5},
		{"*": {"address": "hunter2"}},
	],
)
def test_a_proxy_that_cannot_be_read(value):
	with pytest.raises(ConfigurationError, match=r"erp_connect_proxy.*http://") as caught:
		proxy(value)
	assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
	"value",
	[
		"/a/cert.pem",
		{"certificate": ""},
		{"certificate": "/a.pem", "key": 5},
		{"certificate": "/a.pem", "passphrase": "hunter2"},
		{"Shop": {"key": "/a.pem"}},
	],
)
def test_a_certificate_that_cannot_be_read(value):
	with pytest.raises(ConfigurationError, match=r"erp_connect_client_certificate.*cert\.pem") as caught:
		certificate(value)
	assert "hunter2" not in str(caught.value)
