"""Named schemes: signatures judged by the vendors' own libraries and by published vectors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlsplit

import jwt
import paytmchecksum
import pytest
from woocommerce.oauth import OAuth as WooCommerceOAuth

from erp_connect.core.errors import ConfigurationError, PayloadError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.auth import BUILT_IN, BodyAuth, Credentials, Made, SeveralAuth, proof_by
from erp_connect.transport.client import HttpClient
from erp_connect.transport.messages import HttpRequest

NOW = 1_700_000_000.25
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
IV = "@@@@&&&&####$$$$"
# Of the order API that signs its query: see the module `startup/api` of its shop.
SHOP = {
	"parameters": {"username": "{key}", "store_id": "0", "language": "en-gb", "currency": "USD", "time": "{timestamp}"},
	"message": "{query.route}\n{query.call}\n{query.username}\n{host}\n{folder}\n{query.store_id}\n{query.language}\n"
	"{query.currency}\n{form_md5_escaped}\n{query.time}\n",
	"algorithm": "sha1",
	"encoding": "base64",
}  # fmt: skip


def applied(auth, request: HttpRequest, now: float = NOW):
	"""The request as it travels."""
	with HttpClient() as client:
		return client.prepare(request, auth, now)


def proof(name: str, credentials: Credentials, **settings):
	return proof_by(BUILT_IN[name], credentials, settings)


def query_of(url: str) -> dict[str, str]:
	return dict(parse_qsl(urlsplit(url).query))


class TestOAuth1:
	KEYS = Credentials("ck_1", Secret("cs_1"))

	@pytest.fixture(autouse=True)
	def _nonce(self, monkeypatch):
		monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_nonce", lambda: "abc")

	def test_a_vector_in_the_query(self):
		"""The vector names no version, which may be left out; ours is among what is signed."""
		address = "http://shop.test/wp-json/wc/v3/orders"
		sent = query_of(
			applied(
				proof("oauth1", self.KEYS, place="query"), HttpRequest("GET", f"{address}?per_page=5")
			).url
		)
		signature = sent.pop("oauth_signature")
		assert (sent["oauth_timestamp"], sent["oauth_nonce"], sent["oauth_version"]) == (
			"1700000000",
			"abc",
			"1.0",
		)
		judge = WooCommerceOAuth(
			url=address, consumer_key="ck_1", consumer_secret="cs_1", version="wc/v3", method="GET"
		)
		assert judge.generate_oauth_signature(dict(sent), address) == signature
		sent.pop("oauth_version")
		vector = "QMa+biyDV0TaRm8AEgT3RUohqto7Hk8QRljVkbUDPe0="
		assert judge.generate_oauth_signature(sent, address) == vector

	@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
	@pytest.mark.parametrize(
		"query", ["", "per_page=5", "search=a%20b&after=2026-11-01T00%3A00%3A00", "include=1,2"]
	)
	def test_the_library_of_a_shop_makes_the_same(self, method, query):
		address = "http://shop.test/wp-json/wc/v3/products"
		request = HttpRequest(method, f"{address}?{query}" if query else address, JSON, b'{"a":1}')
		sent = query_of(applied(proof("oauth1", self.KEYS, place="query"), request).url)
		signature = sent.pop("oauth_signature")
		judge = WooCommerceOAuth(
			url=address, consumer_key="ck_1", consumer_secret="cs_1", version="wc/v3", method=method
		)
		assert judge.generate_oauth_signature(sent, address) == signature

	def test_in_the_header_with_an_access_token_and_brackets_in_the_query(self):
		keys = Credentials("ck", Secret("cs"), Secret("at"), Secret("as"))
		url = "https://shop.test/rest/V1/orders?searchCriteria[pageSize]=5&searchCriteria[currentPage]=1"
		request = applied(proof("oauth1", keys), HttpRequest("GET", url, {"Accept": "x"}))
		assert query_of(request.url) == query_of(url) and "[" not in request.url
		found = dict(
			part.split("=", 1) for part in request.headers["Authorization"].removeprefix("OAuth ").split(", ")
		)
		assert found["oauth_token"] == '"at"' and found["oauth_signature_method"] == '"HMAC-SHA256"'
		base = "&".join(
			(
				"GET",
				"https%3A%2F%2Fshop.test%2Frest%2FV1%2Forders",
				"oauth_consumer_key%3Dck%26oauth_nonce%3Dabc%26oauth_signature_method%3DHMAC-SHA256"
				"%26oauth_timestamp%3D1700000000%26oauth_token%3Dat%26oauth_version%3D1.0"
				"%26searchCriteria%255BcurrentPage%255D%3D1%26searchCriteria%255BpageSize%255D%3D5",
			)
		)
		expected = base64.b64encode(hmac.new(b"cs&as", base.encode(), hashlib.sha256).digest()).decode()
		assert (
			found["oauth_signature"].strip('"').replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
			== expected
		)

	def test_an_address_that_came_back_is_signed_anew(self):
		auth = proof("oauth1", self.KEYS, place="query")
		first = applied(auth, HttpRequest("GET", "http://shop.test/orders?page=1"))
		again = applied(auth, HttpRequest("GET", first.url), NOW + 60)
		assert again.url.count("oauth_signature=") == 1
		assert query_of(again.url)["oauth_timestamp"] == "1700000060"
		assert query_of(again.url)["oauth_signature"] != query_of(first.url)["oauth_signature"]

	def test_a_form_is_part_of_the_signature(self):
		auth = proof("oauth1", self.KEYS)
		sent = {
			body: applied(auth, HttpRequest("POST", "https://shop.test/", FORM, body))
			for body in (b"a=1", b"a=2")
		}
		assert sent[b"a=1"].headers["Authorization"] != sent[b"a=2"].headers["Authorization"]
		assert all(request.body == body for body, request in sent.items())

	def test_what_cannot_be_signed_is_told(self):
		request = HttpRequest("POST", "https://shop.test/", FORM, b"a=%zz")
		with pytest.raises(PayloadError, match="not encoded"):
			applied(proof("oauth1", self.KEYS), request)


class TestChecksum:
	KEY = "merchantkey12345"

	def sent(self, body: str):
		auth = proof("aes_checksum", Credentials(secret=Secret(self.KEY)), iv=IV)
		return applied(auth, HttpRequest("POST", "https://pay.test/v3/order/status", JSON, body.encode()))

	@pytest.mark.parametrize(
		"body", ['{"mid":"M1","amount":1.10}', '{ "mid" : "Zürich \\u00fc" , "a" : [ 1 ] }', "{}"]
	)
	def test_the_vendors_library_accepts_it(self, body):
		request = self.sent(f'{{"body": {body}, "head": {{"clientId": "C11"}}}}')
		sent = json.loads(request.body)
		assert f'"body":{body}' in request.body.decode(), "the signed bytes are those that travel"
		assert sent["head"]["clientId"] == "C11"
		assert paytmchecksum.verifySignature(body, self.KEY, sent["head"]["signature"])
		assert not paytmchecksum.verifySignature(body + " ", self.KEY, sent["head"]["signature"])

	def test_each_try_has_its_own(self):
		signatures = {json.loads(self.sent('{"body": {}}').body)["head"]["signature"] for _ in range(5)}
		assert len(signatures) == 5

	@pytest.mark.parametrize("body", ['{"head": {}}', "[1]", "x"])
	def test_nothing_to_sign(self, body):
		with pytest.raises(PayloadError):
			self.sent(body)

	@pytest.mark.parametrize(("secret", "iv"), [("short", IV), ("x" * 16, "short")])
	def test_keys_that_aes_does_not_have(self, secret, iv):
		with pytest.raises(ConfigurationError, match="16, 24 or 32"):
			proof("aes_checksum", Credentials(secret=Secret(secret)), iv=iv)


class TestSignedQuery:
	KEYS = Credentials("erp", Secret("k" * 16))
	URL = "http://shop.test/index.php?route=api/order&call=history_add"

	def sent(self, body: bytes, url: str = URL):
		return applied(proof("signed_query", self.KEYS, **SHOP), HttpRequest("POST", url, FORM, body))

	def test_a_vector(self):
		request = self.sent(b"order_id=1&comment=hi")
		assert query_of(request.url)["signature"] == "t6i8/KphbqjDa/slLsObY2kP6Bk="
		assert query_of(request.url)["time"] == "1700000000" and request.body == b"order_id=1&comment=hi"

	def test_the_form_as_the_shop_reads_it(self):
		"""It trims and escapes what comes in, and writes it anew, before it looks at the signature."""
		request = self.sent(
			b"comment=%20A~%26%3Cb%3E%22%27%20", "http://shop.test:8080/sub/index.php?route=r&call=c"
		)
		php = hashlib.md5(b"comment=A%7E%26amp%3B%26lt%3Bb%26gt%3B%26quot%3B%27").hexdigest()
		message = f"r\nc\nerp\nshop.test:8080\n/sub/\n0\nen-gb\nUSD\n{php}\n1700000000\n"
		expected = base64.b64encode(hmac.new(b"k" * 16, message.encode(), hashlib.sha1).digest()).decode()
		assert query_of(request.url)["signature"] == expected

	def test_an_address_that_came_back_is_signed_anew(self):
		again = self.sent(b"a=1", self.sent(b"a=1").url)
		assert again.url.count("signature=") == 1 and again.url.count("time=") == 1

	def test_a_part_that_is_none(self):
		with pytest.raises(ConfigurationError, match="does not exist"):
			proof("signed_query", self.KEYS, message="{bodi}")


class TestBody:
	def sent(self, body: bytes, headers=JSON, **values):
		return applied(
			BodyAuth(values), HttpRequest("POST", "https://api.test/", headers, body)
		).body.decode()

	def test_credentials_stand_first_in_their_order(self):
		values = {
			"*.merchantAuthentication.name": Made("login"),
			"*.merchantAuthentication.transactionKey": Secret("key"),
		}
		body = b'{"getTransactionDetailsRequest": {"transId": "12345", "amount": 1.10}}'
		assert self.sent(body, **values) == (
			'{"getTransactionDetailsRequest":{"merchantAuthentication":{"name":"login","transactionKey":"key"},'
			'"transId":"12345","amount":1.10}}'
		)

	def test_an_entry_that_is_there_is_replaced_in_its_place(self):
		sent = self.sent(b'{"a": 1, "profile": {"x": 2, "key": "old"}}', **{"profile.key": Secret("new")})
		assert sent == '{"a":1,"profile":{"x": 2,"key":"new"}}'.replace('"x": 2', '"x":2')

	def test_a_form(self):
		assert self.sent(b"a=1&key=old&b=%C3%BC", FORM, key=Secret("n&w")) == "key=n%26w&a=1&b=%C3%BC"

	def test_a_request_without_a_body_stays_as_it_is(self):
		assert applied(BodyAuth({"a": Secret("x")}), HttpRequest("GET", "https://api.test/")).body is None

	@pytest.mark.parametrize(
		("body", "path"), [(b"[1]", "a"), (b'{"a": 1}', "*.b"), (b'{"a": 1}', "a.b"), (b"{", "a")]
	)
	def test_no_place_for_it(self, body, path):
		with pytest.raises(PayloadError, match="not a JSON object"):
			self.sent(body, **{path: Secret("x")})

	def test_other_formats_are_refused(self):
		with pytest.raises(PayloadError, match="JSON and forms"):
			self.sent(b"<a/>", {"Content-Type": "application/xml"}, a=Secret("x"))

	@pytest.mark.parametrize(
		("body", "sent"),
		[
			('{"getRequest":{"id":1.10}}', '{"getRequest":{"login":{"key":"k"},"id":1.10}}'),
			('{"url":"u","topics":["a"]}', '{"url":"u","topics":["a"]}'),
			("{}", "{}"),
		],
	)
	def test_an_object_that_may_be_missing_is_not_asked_for(self, body, sent):
		assert self.sent(body.encode(), **{"*?.login.key": Secret("k")}) == sent

	@pytest.mark.parametrize(
		("body", "sent"),
		[
			('{"to":{"url":"x"}}', '{"to":{"key":"k","url":"x"}}'),
			('{"number":"1"}', '{"number":"1"}'),
		],
	)
	def test_only_where_a_body_has_the_place(self, body, sent):
		assert self.sent(body.encode(), **{"to?.key": Secret("k")}) == sent

	def test_nothing_is_made_for_objects_that_are_not_there(self):
		values = {"outer.*?.key": Secret("k"), "other.own": Secret("o")}
		assert self.sent(b'{"a":1}', **values) == '{"other":{"own":"o"},"a":1}'

	@pytest.mark.parametrize("paths", [("a..b",), ("a", "a.b"), ("*",), ("",)])
	def test_paths_that_are_none(self, paths):
		with pytest.raises(ConfigurationError, match="place of its own"):
			BodyAuth({path: Secret("x") for path in paths})

	def test_a_checksum_covers_what_was_put_in_before(self):
		both = SeveralAuth(
			[
				BodyAuth({"body.mid": Secret("M1")}),
				proof("aes_checksum", Credentials(secret=Secret("k" * 16)), iv=IV),
			]
		)
		sent = json.loads(
			applied(both, HttpRequest("POST", "https://a.test/", JSON, b'{"body":{"x":1}}')).body
		)
		assert paytmchecksum.verifySignature('{"mid":"M1","x":1}', "k" * 16, sent["head"]["signature"])


class TestMadeValues:
	def test_each_request_has_its_own(self):
		auth = BodyAuth(
			{"at": Made("{timestamp_iso} {http_date} {timestamp_ms} {other}"), "nonce": Made("{nonce}")}
		)
		sent = [
			json.loads(applied(auth, HttpRequest("POST", "https://a.test/", JSON, b"{}")).body) for _ in "12"
		]
		assert sent[0]["at"] == "2023-11-14T22:13:20Z Tue, 14 Nov 2023 22:13:20 GMT 1700000000250 {other}"
		assert sent[0]["nonce"] != sent[1]["nonce"] and len(sent[0]["nonce"]) == 36


class TestWhatIsMissing:
	def test_a_credential(self):
		with pytest.raises(ConfigurationError, match="needs the API key"):
			proof("oauth1", Credentials(secret=Secret("x")))

	@pytest.mark.parametrize(
		("settings", "place"),
		[({"place": "cookie"}, "place"), ({"plcae": "query"}, "plcae"), ({"realm": 1}, "realm")],
	)
	def test_settings(self, settings, place):
		with pytest.raises(ConfigurationError, match=place):
			proof("oauth1", Credentials("k", Secret("s")), **settings)

	def test_nothing_shows_a_secret(self):
		keys = Credentials("k", Secret("hunter2-hunter2-"), Secret("hunter2"), Secret("hunter2"))
		settings = {
			"aes_checksum": {"iv": IV},
			"signed_query": SHOP,
			"by_path": {"paths": list(TestByPath.PATHS)},
		}
		proofs = [proof(name, keys, **settings.get(name, {})) for name in BUILT_IN]
		assert "hunter2" not in repr([keys, *proofs, BodyAuth({"a": Secret("hunter2")})])


class TestSignedToken:
	KEYS = Credentials("C-1", Secret("a secret of at least 32 letters, here"))

	def sent(self, **settings):
		return applied(proof("signed_token", self.KEYS, **settings), HttpRequest("GET", "https://pay.test/a"))

	def test_the_receiver_believes_it(self):
		sent = self.sent(claims={"iss": "SHOP"}, lifetime=60, headers={"X-Client": "{key}"})
		token = sent.headers["Authorization"].removeprefix("Bearer ")
		told = jwt.decode(token, self.KEYS.secret.reveal(), ["HS256"], options={"verify_exp": False})
		assert told == {"iss": "SHOP", "iat": 1_700_000_000, "exp": 1_700_000_060}
		assert sent.headers["X-Client"] == "C-1"
		with pytest.raises(jwt.InvalidSignatureError):
			jwt.decode(token, "another secret of at least 32 letters", ["HS256"])

	def test_it_goes_where_it_is_wanted_and_need_not_end(self):
		token = self.sent(header="X-Token", prefix="", algorithm="HS512").headers["X-Token"]
		assert "exp" not in jwt.decode(token, self.KEYS.secret.reveal(), ["HS512"])


class TestByPath:
	PATHS = (
		{"begins": "/payouts/", "scheme": "signed_token", "secret": "token"},
		{"begins": "/", "scheme": "aes_checksum", "settings": {"iv": IV}},
	)

	def sent(self, path: str, keys: Credentials, paths=PATHS):
		body = b'{"body":{"a":1}}'
		auth = proof("by_path", keys, paths=list(paths))
		return applied(auth, HttpRequest("POST", f"https://pay.test{path}", JSON, body))

	def test_each_path_is_proved_in_its_way(self):
		keys = Credentials(secret=Secret("k" * 16), token=Secret("a secret of at least 32 letters, here"))
		sent = self.sent("/payouts/list", keys)
		assert sent.body == b'{"body":{"a":1}}'
		assert jwt.decode(sent.headers["Authorization"][7:], keys.token.reveal(), ["HS256"])
		sent = self.sent("/payoutsabc", keys)
		assert "Authorization" not in sent.headers and b"signature" in sent.body

	def test_who_never_asks_needs_no_secret_for_it(self):
		keys = Credentials(secret=Secret("k" * 16))
		assert b"signature" in self.sent("/order", keys).body
		with pytest.raises(ConfigurationError, match="needs the API secret"):
			self.sent("/payouts/list", keys)

	def test_a_path_that_nothing_is_said_of(self):
		with pytest.raises(ConfigurationError, match="nothing of the path /order"):
			self.sent("/order", Credentials(token=Secret("t" * 32)), self.PATHS[:1])

	@pytest.mark.parametrize(
		"paths", [[], [{"begins": "x", "scheme": "oauth1"}], [{"begins": "/", "scheme": "by_path"}]]
	)
	def test_settings_that_are_none(self, paths):
		with pytest.raises(ConfigurationError, match="paths"):
			proof("by_path", Credentials(), paths=paths)
