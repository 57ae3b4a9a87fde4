"""An organisation at Zoho CRM in memory, behaving as its API v8 documents.

https://www.zoho.com/crm/developer/docs/api/v8/

Promises: takes `Zoho-oauthtoken` alone; answers 204 where there is nothing and 304 where nothing has changed; names no field
that was not asked for; each record of up to 100 has its result, in the order sent; a field without duplicates refuses
them and says whose the value is; pages turn by token; a channel for notifications ends after a week at most.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import requests

from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIELDS = {
	"Accounts": {
		"Account_Name", "Website", "Phone", "Billing_Street", "Billing_City", "Billing_State", "Billing_Code",
		"Billing_Country", "ERPNext_Name",
	},
	"Contacts": {
		"First_Name", "Last_Name", "Email", "Phone", "Mobile", "Title", "Account_Name", "Email_Opt_Out", "ERPNext_Name",
	},
	"Leads": {
		"First_Name", "Last_Name", "Email", "Phone", "Mobile", "Designation", "Company", "Website", "Email_Opt_Out",
		"ERPNext_Name",
	},
	"Deals": {"Deal_Name", "Amount", "Stage", "Closing_Date", "Account_Name", "ERPNext_Name"},
	"Notes": {"Note_Title", "Note_Content", "Parent_Id"},
}  # fmt: skip
MANDATORY = {
	"Accounts": ("Account_Name",),
	"Contacts": ("Last_Name",),
	"Leads": ("Last_Name", "Company"),
	"Deals": ("Deal_Name", "Stage"),
	"Notes": ("Note_Content", "Parent_Id"),
}
UNIQUE = {"Contacts": ("ERPNext_Name", "Email"), "Leads": ("ERPNext_Name", "Email")}
MOST, A_WEEK = 100, timedelta(days=7)


def wrong(status: int, code: str, message: str, **details: Any) -> Refused:
	return Refused(status, {"code": code, "details": details, "message": message, "status": "error"})


class ZohoCrm(FakeSystem):
	"""The organisation, in a thread of this process. records: by module and id. channels: by id."""

	def __init__(self) -> None:
		self.client = ("1000.ZOHOCLIENT", "zoho-client-secret")
		self.refresh_token = "1000.refresh"
		self.tokens = {"1000.token"}
		self.records: dict[str, dict[str, dict[str, Any]]] = {module: {} for module in FIELDS}
		self.deleted: dict[str, list[dict[str, Any]]] = {module: [] for module in FIELDS}
		self.channels: dict[str, dict[str, Any]] = {}
		self.answers: list[int] = []
		self.calls: list[tuple[str, str, Any]] = []
		self.troubles: list[Trouble] = []
		self.clock = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=2)
		self.refused_mail = ""
		# Of the organisation, the home currency first. Where there is one, records have no field Currency.
		self.currencies = ["USD"]
		self.batches: list[int] = []
		self._last = 554_023_000_000
		self.lock = threading.RLock()
		self.serve(Handler)

	# What people do

	def add(self, module: str, **values: Any) -> str:
		with self.lock:
			record = self._write(module, None, values)
		self.tell(module, "insert", record["id"])
		return record["id"]

	def change(self, module: str, id_: str, **values: Any) -> None:
		with self.lock:
			self._write(module, id_, values)
		self.tell(module, "update", id_)

	def remove(self, module: str, id_: str) -> None:
		with self.lock:
			self._delete(module, id_)
		self.tell(module, "delete", id_)

	def tell(self, module: str, operation: str, *ids: str) -> None:
		"""Notify the channels; the statuses of their answers go into `answers`."""
		event = f"{module}.{ {'insert': 'create', 'update': 'edit', 'delete': 'delete'}[operation] }"
		for channel in list(self.channels.values()):
			if event in channel["events"]:
				told = {
					"module": module,
					"operation": operation,
					"ids": list(ids),
					"resource_uri": f"{self.url}/crm/v8/{module}",
				}
				self.answers.append(self.deliver(channel, told))

	def deliver(self, channel: dict[str, Any], told: dict[str, Any]) -> int:
		body = {
			**told,
			"query_params": {},
			"channel_id": channel["channel_id"],
			"token": channel["token"],
			"server_time": round(self.clock.timestamp() * 1000),
			"affected_values": [],
		}
		return requests.post(channel["notify_url"], json=body, timeout=30).status_code

	def trouble(self, status: int) -> None:
		self.troubles.append(Trouble("GET", "/crm/v8/Accounts", status))

	def lose_answer(self) -> None:
		self.troubles.append(Trouble("POST", "/crm/v8", lose_answer=True))

	# What the API does

	def told_of(self, status: int) -> dict[str, Any]:
		code = "TOO_MANY_REQUESTS" if status == 429 else "INTERNAL_ERROR"
		return wrong(status, code, "You have exceeded the maximum number of calls.").body

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.path == "/oauth/v2/token":
			return self._token(request)
		body = json.loads(request.raw) if request.raw else None
		self.calls.append((request.method, request.path, body))
		kind, _, token = request.headers.get("Authorization", "").partition(" ")
		if kind != "Zoho-oauthtoken" or token not in self.tokens:
			raise wrong(401, "INVALID_TOKEN", "invalid oauth token")
		match request.parts[2:]:
			case ["org"]:
				return 200, {"org": [{"company_name": "Zylker"}]}
			case ["settings", "fields"]:
				names = self.fields(request.query["module"])
				return 200, {
					"fields": [
						{
							"api_name": name,
							"unique": {"casesensitive": "false"} if name == "ERPNext_Name" else {},
						}
						for name in names
					]
				}
			case ["actions", "watch"]:
				return self._watch(request, body)
			case [module, *rest] if module in FIELDS:
				return self._of_module(request, module, rest, body)
		raise wrong(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")

	def _token(self, request: Request) -> tuple[int, Any]:
		form = {name: values[0] for name, values in parse_qs(request.raw.decode()).items()}
		known = (form.get("client_id"), form.get("client_secret")) == self.client
		if not known or form.get("refresh_token") != self.refresh_token:
			return 200, {"error": "invalid_code"}
		token = f"1000.{self.number()}"
		self.tokens.add(token)
		return 200, {
			"access_token": token,
			"api_domain": self.url,
			"token_type": "Bearer",
			"expires_in": 3600,
		}

	def fields(self, module: str) -> set[str]:
		return FIELDS[module] | ({"Currency"} if len(self.currencies) > 1 and module != "Notes" else set())

	def number(self) -> str:
		self._last += 1
		return str(self._last)

	def _of_module(self, request: Request, module: str, rest: list[str], body: Any) -> tuple[int, Any]:
		match request.method, rest:
			case "GET", []:
				return self._listed(module, request)
			case "GET", ["deleted"]:
				return (200, {"data": self.deleted[module]}) if self.deleted[module] else (204, None)
			case "GET", [id_]:
				record = self.records[module].get(id_)
				return (
					(200, {"data": [self._shown(module, record, request.query)]}) if record else (204, None)
				)
			case "DELETE", [id_] if id_ in self.records[module]:
				self._delete(module, id_)
				return 200, {
					"data": [
						{
							"code": "SUCCESS",
							"details": {"id": id_},
							"message": "record deleted",
							"status": "success",
						}
					]
				}
			case "POST", []:
				return self._each(body, lambda one: self._insert(module, one))
			case "POST", ["upsert"]:
				return self._each(body, lambda one: self._upsert(module, one, body["duplicate_check_fields"]))
			case "PUT", []:
				return self._each(body, lambda one: self._update(module, one))
		raise wrong(404, "INVALID_DATA", "the id given seems to be invalid")

	def _each(
		self, body: dict[str, Any], work: Callable[[dict[str, Any]], dict[str, Any]]
	) -> tuple[int, Any]:
		data = body["data"]
		if not 1 <= len(data) <= MOST:
			raise wrong(400, "LIMIT_EXCEEDED", "only 100 records are allowed")
		self.batches.append(len(data))
		results = []
		for one in data:
			try:
				results.append(work(one))
			except Refused as refused:
				results.append(refused.body)
		good = sum(one["status"] == "success" for one in results)
		return 200 if good == len(results) else 207 if good else 400, {"data": results}

	def _done(self, record: dict[str, Any], action: str) -> dict[str, Any]:
		details = {name: record[name] for name in ("id", "Modified_Time", "Created_Time")}
		return {
			"code": "SUCCESS",
			"action": action,
			"details": details,
			"message": f"record {action}",
			"status": "success",
		}

	def _insert(self, module: str, given: dict[str, Any]) -> dict[str, Any]:
		self._check(module, given, None)
		return self._done(self._write(module, None, given), "insert")

	def _upsert(self, module: str, given: dict[str, Any], fields: list[str]) -> dict[str, Any]:
		for name in fields:
			for record in self.records[module].values():
				if given.get(name) and record.get(name) == given[name]:
					return self._update(module, {**given, "id": record["id"]})
		return self._insert(module, given)

	def _update(self, module: str, given: dict[str, Any]) -> dict[str, Any]:
		if given.get("id") not in self.records[module]:
			raise wrong(400, "INVALID_DATA", "the id given seems to be invalid", api_name="id")
		self._check(module, given, given["id"])
		return self._done(self._write(module, given["id"], given), "update")

	def _check(self, module: str, given: dict[str, Any], own: str | None) -> None:
		for name in MANDATORY[module]:
			if not given.get(name) and (own is None or name in given):
				raise wrong(400, "MANDATORY_NOT_FOUND", "required field not found", api_name=name)
		for name, value in given.items():
			if name not in self.fields(module) | {"id"}:
				continue  # unknown names are passed over
			if name == "Currency" and value not in self.currencies:
				raise wrong(400, "INVALID_DATA", "invalid data", api_name=name)
			if name == "Email" and value and ("@" not in value or value == self.refused_mail):
				raise wrong(400, "INVALID_DATA", "invalid data", api_name=name)
			if (
				name == "Account_Name"
				and module != "Accounts"
				and value
				and value["id"] not in self.records["Accounts"]
			):
				raise wrong(400, "INVALID_DATA", "the related id given seems to be invalid", api_name=name)
			self._check_unique(module, name, value, own)

	def _check_unique(self, module: str, name: str, value: Any, own: str | None) -> None:
		if not value or name not in UNIQUE.get(module, ("ERPNext_Name",)):
			return
		for id_, record in self.records[module].items():
			if id_ != own and str(record.get(name) or "").casefold() == str(value).casefold():
				raise wrong(400, "DUPLICATE_DATA", "duplicate data", api_name=name, id=id_)

	def _write(self, module: str, id_: str | None, given: dict[str, Any]) -> dict[str, Any]:
		self.clock += timedelta(seconds=1)
		now = self.clock.strftime("%Y-%m-%dT%H:%M:%S+00:00")
		id_ = id_ or self.number()
		record = self.records[module].setdefault(id_, {"id": id_, "Created_Time": now})
		own = {name: value for name, value in given.items() if name in self.fields(module)}
		if "Currency" in self.fields(module):
			own = {"Currency": record.get("Currency", self.currencies[0]), **own}
		if module != "Accounts" and own.get("Account_Name"):
			account = self.records["Accounts"][own["Account_Name"]["id"]]
			own["Account_Name"] = {"id": account["id"], "name": account["Account_Name"]}
		record.update(own, Modified_Time=now)
		return record

	def _delete(self, module: str, id_: str) -> None:
		del self.records[module][id_]
		self.clock += timedelta(seconds=1)
		at = self.clock.strftime("%Y-%m-%dT%H:%M:%S+00:00")
		self.deleted[module].append({"id": id_, "type": "recycle", "deleted_time": at, "display_name": "-"})

	def _shown(self, module: str, record: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
		if "fields" not in query:
			raise wrong(
				400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="fields"
			)
		wanted = [
			name
			for name in query["fields"].split(",")
			if name in self.fields(module) | {"Modified_Time", "Created_Time"}
		]
		return {"id": record["id"], **{name: record.get(name) for name in wanted}}

	def _listed(self, module: str, request: Request) -> tuple[int, Any]:
		query, since = request.query, request.headers.get("If-Modified-Since")
		found = [
			one
			for one in self.records[module].values()
			if not since or _moment(one["Modified_Time"]) > _moment(since)
		]
		if not found:
			return (304 if since else 204), None
		found.sort(key=lambda one: one[query.get("sort_by", "id")], reverse=query.get("sort_order") == "desc")
		size, start = int(query.get("per_page", 200)), int(query.get("page_token") or 0)
		start = start or size * (int(query.get("page") or 1) - 1)
		if size > 200:
			raise wrong(400, "INVALID_DATA", "per_page", param_name="per_page")
		page, more = found[start : start + size], start + size < len(found)
		info = {
			"per_page": size,
			"count": len(page),
			"more_records": more,
			"next_page_token": str(start + size) if more else None,
		}
		return 200, {"data": [self._shown(module, one, query) for one in page], "info": info}

	def _watch(self, request: Request, body: Any) -> tuple[int, Any]:
		if request.method == "DELETE":
			ids = request.query["channel_ids"].split(",")
			for id_ in ids:
				self.channels.pop(id_, None)
			return 200, {
				"watch": [
					{"code": "SUCCESS", "status": "success", "details": {"channel_id": id_}} for id_ in ids
				]
			}
		(given,) = body["watch"]
		ends = _moment(given["channel_expiry"]) if given.get("channel_expiry") else None
		too_long = ends and ends > datetime.now(timezone.utc) + A_WEEK
		if too_long or not str(given["channel_id"]).isdigit() or len(given["token"]) > 50:
			raise wrong(
				400, "INVALID_DATA", "invalid data", api_name="channel_expiry" if too_long else "channel_id"
			)
		self.channels[str(given["channel_id"])] = given
		details = [
			{
				"channel_id": str(given["channel_id"]),
				"channel_expiry": given["channel_expiry"],
				"resource_name": name,
			}
			for name in given["events"]
		]
		return 201, {
			"watch": [
				{
					"code": "SUCCESS",
					"details": {"events": details},
					"message": "Successfully subscribed",
					"status": "success",
				}
			]
		}


def _moment(text: str) -> datetime:
	found = datetime.fromisoformat(text.replace("Z", "+00:00"))
	return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
