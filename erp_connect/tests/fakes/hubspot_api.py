"""The CRM API (v3, associations v4) of the fake of HubSpot.

Promises: refuses tokens that it did not give; shows the properties that are asked for alone; refuses properties that it
does not have and values that have to be unique; batches take 100 records, answer in an order of their own, and by 207
where an error can name its record by `objectWriteTraceId`; a search gives 200 records a page and 10,000 in all.
"""

from __future__ import annotations

import json
import operator
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

from erp_connect.tests.fakes.provider_http import Refused, Request
from erp_connect.tests.fakes.troubles import Trouble

KINDS = {"contacts": "contact", "companies": "company", "deals": "deal", "notes": "note"}
PROPERTIES = {
	"contacts": {
		"firstname", "lastname", "email", "phone", "mobilephone", "jobtitle", "company", "website", "lifecyclestage",
		"hs_lead_status", "hs_email_optout", "associatedcompanyid", "erpnext_name",
	},
	"companies": {"name", "website", "phone", "address", "address2", "city", "state", "zip", "country", "erpnext_name"},
	"deals": {
		"dealname", "amount", "deal_currency_code", "closedate", "dealstage", "pipeline", "hs_is_closed", "hs_is_closed_won", "erpnext_name",
	},
	"notes": {"hs_timestamp", "hs_note_body"},
}  # fmt: skip
UNIQUE = {
	"contacts": ("email", "erpnext_name"),
	"companies": ("erpnext_name",),
	"deals": ("erpnext_name",),
	"notes": (),
}
STAGES = {
	"appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent",
	"closedwon", "closedlost",
}  # fmt: skip
# What kind of records an association defined by HubSpot is between.
# https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4#association-type-id-values
ASSOCIATIONS = {
	("deals", 5): "companies", ("deals", 3): "contacts", ("notes", 214): "deals", ("notes", 190): "companies", ("notes", 202): "contacts",
}  # fmt: skip
COMPARED: dict[str, Callable[[Any, Any], bool]] = {"GTE": operator.ge, "LTE": operator.le, "EQ": operator.eq}
MOST_IN_BATCH, MOST_IN_PAGE, MOST_FOUND = 100, 200, 10_000


def wrong(message: str, category: str = "VALIDATION_ERROR", **more: Any) -> dict[str, Any]:
	return {"status": "error", "message": message, "category": category, "correlationId": "c0ffee", **more}


class HubSpotApi:
	"""Records by kind and id. calls: (method, path, body) of what came. links: ids by (kind, id, other kind)."""

	def __init__(self) -> None:
		self.tokens = {"hubspot-token-of-the-tests"}
		self.client = ("hubspot-client", "hubspot-client-secret-of-the-app")
		self.refresh_token = "hubspot-refresh-token"
		self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
		self.merged: dict[tuple[str, str], str] = {}
		self.links: dict[tuple[str, str, str], set[str]] = {}
		self.calls: list[tuple[str, str, Any]] = []
		self.told: list[dict[str, Any]] = []
		self.troubles: list[Trouble] = []
		# What happens there is older than what a test does here at last.
		self.clock = datetime.now(timezone.utc) - timedelta(hours=1)
		self.most_found = MOST_FOUND
		# The account's own currency, and others that are entered there.
		self.currencies = ["USD"]
		self.refused_mail = ""
		self.batches: list[int] = []
		self._last = 50_000
		self.lock = threading.RLock()

	def trouble(self, status: int) -> None:
		"""Let the next search be answered by this status."""
		headers = {"Retry-After": "20"} if status == 429 else {}
		self.troubles.append(Trouble("POST", "/crm/v3/objects", status, headers))

	def lose_answer(self) -> None:
		"""Let the connection break after the next write."""
		self.troubles.append(Trouble("POST", "/crm/v3/objects", lose_answer=True))

	def number(self) -> int:
		self._last += 1
		return self._last

	def now_ms(self) -> int:
		return round(self.clock.timestamp() * 1000)

	def _now(self) -> str:
		self.clock += timedelta(milliseconds=1500)
		return self.clock.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

	def make(self, kind: str, properties: dict[str, str]) -> dict[str, Any]:
		id_ = str(self.number())
		now = self._now()
		record = {
			"id": id_,
			"properties": {"createdate": now},
			"createdAt": now,
			"updatedAt": now,
			"archived": False,
		}
		self.records[kind][id_] = record
		self.write(record, properties)
		return record

	def write(self, record: dict[str, Any], properties: dict[str, str]) -> None:
		now = self._now()
		own = record["properties"]
		own.update({name: value or None for name, value in properties.items()})
		own.update({"lastmodifieddate": now, "hs_lastmodifieddate": now, "hs_object_id": record["id"]})
		if stage := own.get("dealstage"):
			won = stage == "closedwon"
			own.update(
				hs_is_closed="true" if stage.startswith("closed") else "false",
				hs_is_closed_won="true" if won else "false",
			)
		record["updatedAt"] = now

	def associate(self, kind: str, id_: str, other: str, other_id: str) -> None:
		self.links.setdefault((kind, id_, other), set()).add(other_id)
		if (kind, other) == ("contacts", "companies"):
			self.write(self.records[kind][id_], {"associatedcompanyid": other_id})

	def told_of(self, status: int) -> dict[str, Any]:
		if status == 429:
			return wrong(
				"You have reached your ten_secondly_rolling limit.",
				"RATE_LIMITS",
				policyName="TEN_SECONDLY_ROLLING",
			)
		return wrong("internal error", "INTERNAL_ERROR")

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.path == "/oauth/v1/token":
			return self._token(request)
		body = json.loads(request.raw) if request.raw else None
		self.calls.append((request.method, request.path, body))
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
			raise Refused(401, wrong("Authentication credentials not found.", "INVALID_AUTHENTICATION"))
		match request.parts:
			case ["account-info", "v3", "details"]:
				return 200, {"portalId": 62515, "timeZone": "US/Eastern"}
			case ["crm", "v3", "properties", kind, name] if name in PROPERTIES.get(kind, ()):
				return 200, {"name": name, "hasUniqueValue": name in UNIQUE[kind], "type": "string"}
			case ["crm", "v3", "objects", kind, *rest] if kind in KINDS:
				return self._objects(request, kind, rest, body)
			case ["crm", "v4", "objects", one, id_, "associations", "default", other, other_id]:
				return self._associated(request.method, one, id_, other, other_id)
		raise Refused(404, wrong("resource not found", "OBJECT_NOT_FOUND"))

	def _token(self, request: Request) -> tuple[int, Any]:
		form = {name: values[0] for name, values in parse_qs(request.raw.decode()).items()}
		known = (form.get("client_id"), form.get("client_secret")) == self.client
		if not known or form.get("refresh_token") != self.refresh_token:
			raise Refused(400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"})
		token = f"hubspot-token-{self.number()}"
		self.tokens.add(token)
		return 200, {
			"token_type": "bearer",
			"access_token": token,
			"refresh_token": self.refresh_token,
			"expires_in": 1800,
		}

	def _objects(self, request: Request, kind: str, rest: list[str], body: Any) -> tuple[int, Any]:
		match request.method, rest:
			case "POST", []:
				return 201, self._made(kind, body)
			case "POST", ["search"]:
				return 200, self._found(kind, body)
			case "GET", []:
				return 200, self._listed(kind, request.query)
			case "POST", ["batch", how] if how in ("create", "update", "upsert"):
				return self._batch(kind, how, body)
			case "GET", [id_]:
				return 200, self._shown(kind, id_, request.query)
			case "PATCH", [id_]:
				record = self._record(kind, id_)
				self._check(kind, body["properties"], id_)
				self.write(record, body["properties"])
				return 200, record
			case "DELETE", [id_]:
				self.records[kind].pop(id_, None)
				return 204, None
		raise Refused(405, wrong("method not allowed"))

	def _record(self, kind: str, id_: str) -> dict[str, Any]:
		record = self.records[kind].get(self.merged.get((kind, id_), id_))
		if record is None:
			raise Refused(404, wrong("resource not found", "OBJECT_NOT_FOUND"))
		return record

	def _shown(self, kind: str, id_: str, query: dict[str, str]) -> dict[str, Any]:
		record = self._record(kind, id_)
		shown = _with(record, [name for name in query.get("properties", "").split(",") if name])
		found = {
			other: {
				"results": [{"id": one, "type": f"{KINDS[kind]}_to_{KINDS[other]}"} for one in sorted(ids)]
			}
			for other in query.get("associations", "").split(",")
			if other and (ids := self.links.get((kind, record["id"], other)))
		}
		return {**shown, "associations": found} if found else shown

	def _listed(self, kind: str, query: dict[str, str]) -> dict[str, Any]:
		limit, after = int(query.get("limit", 10)), int(query.get("after") or 0)
		if not 1 <= limit <= MOST_IN_PAGE:
			raise Refused(400, wrong(f"Invalid limit: {limit}"))
		ids = list(self.records[kind])
		page = {"results": [self._shown(kind, id_, query) for id_ in ids[after : after + limit]]}
		return page | (
			{"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(ids) else {}
		)

	def _made(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
		self._check(kind, given["properties"])
		ties = [
			(ASSOCIATIONS.get((kind, one["types"][0]["associationTypeId"])), one["to"]["id"])
			for one in given.get("associations", ())
		]
		for other, id_ in ties:
			if other is None or str(id_) not in self.records[other]:
				raise Refused(400, wrong(f"No {other} with id {id_} exists"))
		record = self.make(kind, given["properties"])
		for other, id_ in ties:
			self.associate(kind, record["id"], other, str(id_))
		return record

	def _check(self, kind: str, properties: dict[str, Any], own: str = "") -> None:
		for name, value in properties.items():
			if name not in PROPERTIES[kind]:
				raise Refused(400, wrong(f'Property values were not valid: Property "{name}" does not exist'))
			if name == "dealstage" and value not in STAGES:
				raise Refused(400, wrong(f"{value} was not one of the allowed options"))
			if name == "deal_currency_code" and value and value not in self.currencies:
				told = f'"{value}" is not a part of the current effective currency codes for portal 62515'
				raise Refused(400, wrong(f"Property values were not valid: {told}"))
			if name == "email" and value and ("@" not in value or value == self.refused_mail):
				raise Refused(400, wrong(f"Email address {value} is invalid"))
			self._check_unique(kind, name, value, own)

	def _check_unique(self, kind: str, name: str, value: Any, own: str) -> None:
		if name not in UNIQUE[kind] or not value:
			return
		for id_, record in self.records[kind].items():
			known = (record["properties"].get(name) or "").casefold() == str(value).casefold()
			if known and id_ != own:
				what = "Contact" if name == "email" else f"A record with {name} {value}"
				raise Refused(409, wrong(f"{what} already exists. Existing ID: {id_}", "CONFLICT"))

	def _batch(self, kind: str, how: str, body: dict[str, Any]) -> tuple[int, Any]:
		inputs = body["inputs"]
		self.batches.append(len(inputs))
		if not 1 <= len(inputs) <= MOST_IN_BATCH:
			raise Refused(
				400, wrong(f"The maximum number of inputs supported in a batch request is {MOST_IN_BATCH}.")
			)
		traced = how != "update" and all(one.get("objectWriteTraceId") for one in inputs)
		if not traced:
			for one in inputs:
				self._check(kind, one["properties"], str(one.get("id", "")))
		results, errors = [], []
		for one in inputs:
			try:
				results.append(self._one(kind, how, one))
			except Refused as refused:
				context = (
					{"objectWriteTraceId": [one["objectWriteTraceId"]]} if traced else {"ids": [one["id"]]}
				)
				errors.append({**refused.body, "context": context})
		# Not in the order in which they were asked for.
		answer = {
			"status": "COMPLETE",
			"results": results[::-1],
			"startedAt": self._now(),
			"completedAt": self._now(),
		}
		return (207, {**answer, "numErrors": len(errors), "errors": errors}) if errors else (200, answer)

	def _one(self, kind: str, how: str, given: dict[str, Any]) -> dict[str, Any]:
		properties = given["properties"]
		record = None
		if how == "update":
			record = self._record(kind, str(given["id"]))
		elif how == "upsert":
			unique, value = given["idProperty"], given["id"]
			properties = {**properties, unique: value}
			found = (one for one in self.records[kind].values() if one["properties"].get(unique) == value)
			record = next(found, None)
		if record is None:
			made = self._made(kind, {**given, "properties": properties})
			return {**_with(made, properties), "new": True}
		self._check(kind, properties, record["id"])
		self.write(record, properties)
		return {**_with(record, properties), "new": False}

	def _associated(self, method: str, one: str, id_: str, other: str, other_id: str) -> tuple[int, Any]:
		kinds = {name: kind for kind, name in KINDS.items()}
		if method != "PUT" or one not in kinds or other not in kinds:
			raise Refused(404, wrong("unknown association"))
		self._record(kinds[one], id_)
		self._record(kinds[other], other_id)
		self.associate(kinds[one], id_, kinds[other], other_id)
		return 200, {"status": "COMPLETE", "results": [{"from": {"id": id_}, "to": {"id": other_id}}]}

	def _found(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
		unknown = set(body) - {"filterGroups", "sorts", "properties", "limit", "after", "query"}
		limit, after = body.get("limit", 10), int(body.get("after") or 0)
		if unknown or not 1 <= limit <= MOST_IN_PAGE or after + limit > self.most_found:
			raise Refused(400, wrong(f"Invalid search: {sorted(unknown) or (limit, after)}"))
		groups = body.get("filterGroups", [])
		found = [
			record
			for record in self.records[kind].values()
			if not groups or any(all(_fits(record, one) for one in group["filters"]) for group in groups)
		]
		sort = body["sorts"][0]
		found.sort(
			key=lambda one: one["properties"][sort["propertyName"]], reverse=sort["direction"] == "DESCENDING"
		)
		page = found[after : after + limit]
		more = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
		return {
			"total": len(found),
			"results": [_with(one, body.get("properties", ())) for one in page],
			**more,
		}


def _with(record: dict[str, Any], names: Any) -> dict[str, Any]:
	"""A record with the properties that were asked for, and those that always come; what is empty is null."""
	always = ("createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id")
	return {**record, "properties": {name: record["properties"].get(name) for name in (*always, *names)}}


def _fits(record: dict[str, Any], one: dict[str, Any]) -> bool:
	value, wanted = record["properties"].get(one["propertyName"]), one["value"]
	if isinstance(value, str) and value.endswith("Z"):
		value = datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000
		wanted = float(wanted)
	return COMPARED[one["operator"]](value, wanted)
