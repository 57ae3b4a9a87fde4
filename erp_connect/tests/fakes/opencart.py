"""An OpenCart shop in memory, whose API is that of one version: 3.0, 4.0.1, 4.0 (of 4.0.2) or 4.1.

https://github.com/opencart/opencart/tree/3.0.5.1/upload/catalog/controller/api (and the tags 4.0.1.1, 4.0.2.3 and 4.1.0.4)

Promises: answers 200 to nearly everything, with `error` or `success`; a session that is unknown has no permission (3.0)
or leads to the page Not Found (4.0); a request that is not signed as 4.1 demands gets 403. An order gets a history and
nothing else: the API lists nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import threading
import time
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

TOLERANCE = 450
LOGIN = {"3.0": "api/login", "4.0.1": "api/account/login", "4.0": "api/account/login"}
HISTORY = {
	"3.0": "api/order/history", "4.0.1": "api/sale/order|addHistory", "4.0": "api/sale/order.addHistory", "4.1": "api/order"
}  # fmt: skip
NO_PERMISSION = "Warning: You do not have permission to access the API!"
NOT_FOUND = Refused(404, "<!DOCTYPE html><title>The page you requested cannot be found!</title>")
SIGNED = ("route", "call", "username", "store_id", "language", "currency", "time", "signature")


class OpenCart(FakeSystem):
	"""The shop, in a thread of this process. histories: what was added, by order. calls: as of other fakes."""

	def __init__(self, version: str = "3.0") -> None:
		self.version, self.username, self.key = version, "Default", "k" * 32
		self.histories: dict[int, list[dict[str, str]]] = {}
		self.sessions: set[str] = set()
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		self.ip_allowed = True
		self.lock = threading.RLock()
		self.serve(Handler)

	@staticmethod
	def told_of(status: int) -> Any:
		return {"error": f"status {status}"}

	def answered(self, request: Request) -> tuple[int, Any]:
		form = dict(parse_qsl(request.raw.decode(), keep_blank_values=True))
		self.calls.append((request.method, request.path, request.query, form))
		if request.path != "/index.php":
			raise NOT_FOUND
		route = request.query.get("route", "")
		if route == LOGIN.get(self.version):
			return 200, self._login(form)
		self._prove(request)
		if route != HISTORY[self.version]:
			raise NOT_FOUND
		return 200, self._history(request.query, form)

	def _login(self, form: dict[str, str]) -> Any:
		right = form.get("username") == self.username and form.get("key") == self.key
		if right and self.ip_allowed:
			token = hashlib.md5(str(len(self.sessions)).encode()).hexdigest()[:26]
			self.sessions.add(token)
			return {"success": "Success: API session successfully started!", "api_token": token}
		address = "Warning: Your IP 127.0.0.1 is not allowed to access this API!"
		if self.version == "3.0":
			# A wrong key is answered with an empty list.
			return {"error": {"ip": address, "key": "Warning: Incorrect API Key!"}} if right else []
		return {"error": address if right else "Warning: Incorrect API Key!"}

	def _prove(self, request: Request) -> None:
		if self.version == "4.1":
			if not self.ip_allowed or not self._signed(request):
				raise Refused(403, {"error": "You do not have permission to access this page."})
		elif request.query.get("api_token") not in self.sessions:
			raise Refused(200, {"error": NO_PERMISSION}) if self.version == "3.0" else NOT_FOUND

	def _signed(self, request: Request) -> bool:
		query = request.query
		if any(name not in query for name in SIGNED) or query["username"] != self.username:
			return False
		if abs(time.time() - int(query["time"])) > TOLERANCE:
			return False
		pairs = parse_qsl(request.raw.decode(), keep_blank_values=True)
		form = "&".join(f"{quote_plus(name)}={quote_plus(_cleaned(value))}" for name, value in pairs)
		lines = [query["route"], query["call"], query["username"], request.headers["Host"], "/"]
		lines += [query["store_id"], query["language"], query["currency"]]
		text = "".join(f"{one}\n" for one in [*lines, hashlib.md5(form.encode()).hexdigest(), query["time"]])
		proof = base64.b64encode(hmac.new(self.key.encode(), text.encode(), hashlib.sha1).digest()).decode()
		return hmac.compare_digest(proof, query["signature"])

	def _history(self, query: dict[str, str], form: dict[str, str]) -> dict[str, str]:
		"""3.0 takes the order from the query, the others from the form."""
		if self.version == "4.1" and query["call"] != "history_add":
			return {"error": "Warning: Call not found!"}
		order = (query if self.version == "3.0" else form).get("order_id", "")
		if not order.isdigit() or int(order) not in self.histories:
			return {"error": "Warning: Order could not be found!"}
		self.histories[int(order)].append(form)
		return {"success": "Success: You have modified orders!"}


def _cleaned(value: str) -> str:
	"""As the shop reads a form: htmlspecialchars with ENT_COMPAT."""
	return html.escape(value, quote=False).replace('"', "&quot;").strip()
