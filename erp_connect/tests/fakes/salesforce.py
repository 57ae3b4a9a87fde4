"""An organisation at Salesforce in memory, behaving as its REST API v62.0 documents.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/

Promises: gives a session for an assertion that is signed, young and meant for it; answers errors as a list; upserts up to
200 records by an external id, each with its result in the order sent; refuses unknown fields and what is missing; SOQL of the
kind that the preset asks, in pages that are had by `nextRecordsUrl`; `queryAll` shows what was deleted or merged as well.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import jwt

from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

V = "/services/data/v62.0"
EXTERNAL = "ERPNext_Name__c"
FIELDS = {
	"Account": {
		"Name", "Website", "Phone", "BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry",
		EXTERNAL,
	},
	"Contact": {
		"FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title", "AccountId", "HasOptedOutOfEmail", EXTERNAL,
	},
	"Lead": {
		"FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title", "Company", "Website", "HasOptedOutOfEmail",
		EXTERNAL,
	},
	"Opportunity": {"Name", "Amount", "CloseDate", "StageName", "AccountId", EXTERNAL},
	"Note": {"ParentId", "Title", "Body"},
}  # fmt: skip
REQUIRED = {
	"Account": ("Name",),
	"Contact": ("LastName",),
	"Lead": ("LastName", "Company"),
	"Opportunity": ("Name", "StageName", "CloseDate"),
	"Note": ("ParentId", "Title"),
}
PREFIX = {"Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006", "Note": "002"}
MOST = 200
_SOQL = re.compile(
	r"SELECT (?P<fields>[\w,]+) FROM (?P<object>\w+)(?: WHERE (?P<where>.*?))?(?: ORDER BY (?P<order>[\w, ]+))?(?: LIMIT (?P<limit>\d+))?$"
)


def wrong(status: int, code: str, message: str) -> Refused:
	return Refused(status, [{"message": message, "errorCode": code, "fields": []}])


class Salesforce(FakeSystem):
	"""The organisation, in a thread of this process. records: by object and id. public_key: of the connected app, PEM."""

	def __init__(self, public_key: str = "", audience: str = "https://login.salesforce.com") -> None:
		self.public_key, self.audience = public_key, audience
		self.issuer, self.user = "3MVG9consumer", "erp@example.com"
		self.client, self.refresh_token = (self.issuer, "consumer-secret"), "5Aep-refresh"
		self.sessions: set[str] = set()
		self.records: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in FIELDS}
		self.cursors: dict[str, tuple[list[dict[str, Any]], int]] = {}
		self.calls: list[tuple[str, str, Any]] = []
		self.troubles: list[Trouble] = []
		self.clock = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=2)
		self.refused_mail = ""
		# Of the organisation, that of the user first. Where there is one, records have no CurrencyIsoCode.
		self.currencies = ["USD"]
		self.batches: list[int] = []
		self._last = 0
		self.lock = threading.RLock()
		self.serve(Handler)

	# What people do

	def add(self, kind: str, **values: Any) -> str:
		with self.lock:
			return self._write(kind, None, values)["Id"]

	def change(self, kind: str, id_: str, **values: Any) -> None:
		with self.lock:
			self._write(kind, id_, values)

	def remove(self, kind: str, id_: str) -> None:
		with self.lock:
			self._write(kind, id_, {"IsDeleted": True})

	def merge(self, kind: str, master: str, other: str) -> None:
		with self.lock:
			self._write(kind, other, {"IsDeleted": True, "MasterRecordId": master})
			self._write(kind, master, {})

	def alive(self, kind: str) -> dict[str, dict[str, Any]]:
		return {id_: one for id_, one in self.records[kind].items() if not one["IsDeleted"]}

	def trouble(self, status: int) -> None:
		self.troubles.append(Trouble("GET", f"{V}/query", status))

	def lose_answer(self) -> None:
		self.troubles.append(Trouble("PATCH", V, lose_answer=True))

	# What the API does

	def told_of(self, status: int) -> list[dict[str, Any]]:
		return wrong(
			status, "REQUEST_LIMIT_EXCEEDED" if status == 403 else "UNKNOWN_EXCEPTION", "not now"
		).body

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.path == "/services/oauth2/token":
			return self._token(request)
		body = json.loads(request.raw) if request.raw else None
		self.calls.append((request.method, request.path, body))
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.sessions:
			raise wrong(401, "INVALID_SESSION_ID", "Session expired or invalid")
		match request.parts[3:]:
			case ["limits"]:
				return 200, {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}
			case ["query" | "queryAll" as how, *cursor]:
				return 200, self._query(request, how == "queryAll", cursor)
			case ["composite", "sobjects", *rest] if request.method == "PATCH":
				return 200, self._collection(rest, body)
			case ["sobjects", kind, "describe"] if kind in FIELDS:
				return 200, {"name": kind, "fields": [{"name": name} for name in sorted(self.fields(kind))]}
			case ["sobjects", kind, *rest] if kind in FIELDS:
				return self._single(request.method, kind, rest, body)
		raise wrong(404, "NOT_FOUND", "The requested resource does not exist")

	def _token(self, request: Request) -> tuple[int, Any]:
		form = {name: values[0] for name, values in parse_qs(request.raw.decode()).items()}
		if form.get("grant_type") == "refresh_token":
			good = (form.get("client_id"), form.get("client_secret")) == self.client
			good = good and form.get("refresh_token") == self.refresh_token
		else:
			good = self._is_mine(form.get("assertion", ""))
		if not good:
			raise Refused(
				400, {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
			)
		session = f"00Dxx!{self.number()}"
		self.sessions.add(session)
		return 200, {
			"access_token": session,
			"instance_url": self.url,
			"id": f"{self.url}/id/00Dxx/005xx",
			"token_type": "Bearer",
		}

	def _is_mine(self, assertion: str) -> bool:
		try:
			claims = jwt.decode(
				assertion, self.public_key, ["RS256"], audience=self.audience, options={"require": ["exp"]}
			)
		except jwt.PyJWTError:
			return False
		soon = datetime.now(timezone.utc).timestamp() + 185
		return (claims.get("iss"), claims.get("sub")) == (self.issuer, self.user) and claims["exp"] <= soon

	def fields(self, kind: str) -> set[str]:
		"""What of an object can be written."""
		return FIELDS[kind] | ({"CurrencyIsoCode"} if len(self.currencies) > 1 and kind != "Note" else set())

	def number(self) -> int:
		self._last += 1
		return self._last

	def _write(self, kind: str, id_: str | None, given: dict[str, Any]) -> dict[str, Any]:
		self.clock += timedelta(seconds=1)
		id_ = id_ or f"{PREFIX[kind]}{self.number():012d}AAA"
		record = self.records[kind].setdefault(id_, {"Id": id_, "IsDeleted": False, "MasterRecordId": None})
		record.update(given, SystemModstamp=self.clock.strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
		if "CurrencyIsoCode" in self.fields(kind):
			record.setdefault("CurrencyIsoCode", self.currencies[0])
		if kind == "Lead":
			record.setdefault("IsConverted", False)
		if kind == "Opportunity":
			stage = record.get("StageName") or ""
			record.update(IsClosed=stage.startswith("Closed"), IsWon=stage == "Closed Won")
		return record

	def _checked(self, kind: str, given: dict[str, Any], *, creating: bool) -> dict[str, Any]:
		values = {name: value for name, value in given.items() if name not in ("attributes", "id")}
		if unknown := set(values) - self.fields(kind):
			raise wrong(
				400, "INVALID_FIELD", f"No such column '{sorted(unknown)[0]}' on sobject of type {kind}"
			)
		missing = [name for name in REQUIRED[kind] if not values.get(name) and (creating or name in values)]
		if missing:
			raise wrong(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: {missing}")
		mail = values.get("Email")
		if mail and ("@" not in mail or mail == self.refused_mail):
			raise wrong(400, "INVALID_EMAIL_ADDRESS", f"Email: invalid email address: {mail}")
		if values.get("CurrencyIsoCode", self.currencies[0]) not in self.currencies:
			raise wrong(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Opportunity Currency: bad value")
		if values.get("AccountId") and values["AccountId"] not in self.alive("Account"):
			raise wrong(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
		return values

	def _collection(self, rest: list[str], body: dict[str, Any]) -> list[dict[str, Any]]:
		if len(body["records"]) > MOST or body.get("allOrNone") is not False:
			raise wrong(400, "JSON_PARSER_ERROR", "record list size exceeds the maximum")
		self.batches.append(len(body["records"]))
		return [self._result(rest, given) for given in body["records"]]

	def _result(self, rest: list[str], given: dict[str, Any]) -> dict[str, Any]:
		kind = given["attributes"]["type"]
		try:
			if not rest:
				record = self.alive(kind).get(given.get("id", ""))
				if record is None:
					raise wrong(400, "ENTITY_IS_DELETED", "entity is deleted")
				self._write(kind, record["Id"], self._checked(kind, given, creating=False))
				return {"id": record["Id"], "success": True, "errors": []}
			if "id" in given or rest != [kind, EXTERNAL]:
				raise wrong(400, "INVALID_FIELD", "The id must not be specified in an upsert by external id")
			found = [one for one in self.alive(kind).values() if one.get(EXTERNAL) == given[EXTERNAL]]
			values = self._checked(kind, given, creating=not found)
			record = self._write(kind, found[0]["Id"] if found else None, values)
			return {"id": record["Id"], "success": True, "errors": [], "created": not found}
		except Refused as refused:
			error = refused.body[0]
			return {
				"success": False,
				"errors": [{"statusCode": error["errorCode"], "message": error["message"], "fields": []}],
			}

	def _single(self, method: str, kind: str, rest: list[str], body: Any) -> tuple[int, Any]:
		if method == "POST" and not rest:
			record = self._write(kind, None, self._checked(kind, body, creating=True))
			return 201, {"id": record["Id"], "success": True, "errors": []}
		if len(rest) != 1 or rest[0] not in self.alive(kind):
			raise wrong(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
		if method == "GET":
			return 200, self.records[kind][rest[0]]
		self._write(
			kind,
			rest[0],
			{"IsDeleted": True} if method == "DELETE" else self._checked(kind, body, creating=False),
		)
		return 204, None

	def _query(self, request: Request, everything: bool, cursor: list[str]) -> dict[str, Any]:
		size = int(request.headers.get("Sforce-Query-Options", "batchSize=2000").partition("=")[2])
		if cursor:
			found, start = self.cursors.pop(cursor[0])
		else:
			found, start = self._found(request.query["q"], everything), 0
		answer = {
			"totalSize": len(found),
			"done": start + size >= len(found),
			"records": found[start : start + size],
		}
		if not answer["done"]:
			key = f"01g{self.number():012d}-{start + size}"
			self.cursors[key] = (found, start + size)
			answer["nextRecordsUrl"] = f"{V}/query/{key}"
		return answer

	def _found(self, soql: str, everything: bool) -> list[dict[str, Any]]:
		asked = _SOQL.match(soql)
		if not asked or asked["object"] not in FIELDS:
			raise wrong(400, "MALFORMED_QUERY", f"unexpected token: {soql}")
		kind, names = asked["object"], asked["fields"].split(",")
		known = self.fields(kind) | {"Id", "SystemModstamp", "IsDeleted", "IsConverted", "IsClosed", "IsWon"}
		if unknown := set(names) - known:
			raise wrong(400, "INVALID_FIELD", f"No such column '{sorted(unknown)[0]}' on entity '{kind}'")
		rows = [
			one
			for one in self.records[kind].values()
			if (everything or not one["IsDeleted"]) and _fits(one, asked["where"])
		]
		rows.sort(key=lambda one: (one["SystemModstamp"], one["Id"]))
		return [{"attributes": {"type": kind}, **{name: one.get(name) for name in names}} for one in rows]


def _fits(record: dict[str, Any], where: str | None) -> bool:
	if not where:
		return True
	name, operator, value = where.split(" ")
	if (name, operator) == ("IsDeleted", "="):
		return record["IsDeleted"] is (value == "true")
	if (name, operator) != ("SystemModstamp", ">="):
		raise wrong(400, "MALFORMED_QUERY", f"unexpected token: {where}")
	return record["SystemModstamp"] >= datetime.fromisoformat(value.replace("Z", "+00:00")).strftime(
		"%Y-%m-%dT%H:%M:%S.000+0000"
	)
