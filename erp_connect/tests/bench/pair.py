"""Another ERPNext: a second site of the bench, served on a port of its own, for tests that push to it.

The site is made by `.github/helper/setup.sh twin`, as a copy of the test site. It is named by the variable
PAIR_SITE, else it is the test site's name with `-pair` before the first dot. `prepare` runs over there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import frappe
import requests

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services

BENCH = (sys.executable, "-m", "frappe.utils.bench_helper", "frappe")
BOT = "pair-bot@example.com"


def pair_site() -> str:
	host, _, domain = frappe.local.site.partition(".")
	return os.environ.get("PAIR_SITE") or f"{host}-pair.{domain}"


class ServedSite:
	"""A site of the bench while it is served on a port of its own, whatever the host name."""

	def __init__(self, name: str, env: dict[str, str] | None = None) -> None:
		self.name = name
		self.port = services.free_port()
		self.url = f"http://127.0.0.1:{self.port}"
		self.server = services.Process(
			*(*BENCH, "--site", name, "serve", "--port", str(self.port), "--noreload"),
			env={"CI": "1", "NO_STATICS": "1", **(env or {})},
		).start()
		services.wait_for_port(self.port, self.server)

	def stop(self) -> None:
		self.server.kill()


class PairSite(ServedSite):
	"""The other site. `get`, `names`, `create` and `delete` act as its own user would."""

	def __init__(self) -> None:
		name = pair_site()
		if not (Path(frappe.local.sites_path) / name / "site_config.json").exists():
			raise unittest.SkipTest(
				f"there is no site {name}: make it by .github/helper/setup.sh twin {name} {frappe.local.site}"
			)
		credentials = _prepared(name)
		super().__init__(name)
		self.key, self.secret = credentials["api_key"], credentials["api_secret"]
		self.session = requests.Session()
		self.session.headers["Authorization"] = f"token {self.key}:{self.secret}"

	def stop(self) -> None:
		self.session.close()
		super().stop()

	def get(self, doctype: str, name: str) -> dict[str, Any] | None:
		"""A document over there; None when there is none."""
		answer = self.session.get(self._resource(doctype, name), timeout=30)
		if answer.status_code == 404:
			return None
		answer.raise_for_status()
		return answer.json()["data"]

	def names(self, doctype: str, **filters: Any) -> list[str]:
		answer = self.session.get(
			self._resource(doctype),
			params={"filters": json.dumps(filters), "limit_page_length": 0},
			timeout=30,
		)
		answer.raise_for_status()
		return sorted(row["name"] for row in answer.json()["data"])

	def create(self, doctype: str, **values: Any) -> dict[str, Any]:
		answer = self.session.post(self._resource(doctype), json=values, timeout=30)
		answer.raise_for_status()
		return answer.json()["data"]

	def delete(self, doctype: str, name: str) -> None:
		self.session.delete(self._resource(doctype, name), timeout=30).raise_for_status()

	def _resource(self, doctype: str, name: str = "") -> str:
		parts = [doctype, name] if name else [doctype]
		return f"{self.url}/api/resource/" + "/".join(requests.utils.quote(part, safe="") for part in parts)


def _prepared(site: str) -> dict[str, str]:
	command = (*BENCH, "--site", site, "execute", f"{__name__}.prepare")
	done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
	if done.returncode:
		raise AssertionError(f"{site} could not be prepared:\n{done.stdout}\n{done.stderr}")
	return json.loads(done.stdout.strip().splitlines()[-1])


def prepare() -> dict[str, str]:
	"""On the other site: nothing that sends, and a user of its own with fresh API keys."""
	from erp_connect.tests.base import is_scratch_site, wipe

	if not is_scratch_site():
		raise RuntimeError(f"{frappe.local.site} is not a scratch site")
	wipe()
	user = frappe.get_doc("User", make.user(BOT))
	keys = {"api_key": frappe.generate_hash(length=15), "api_secret": frappe.generate_hash(length=15)}
	user.update(keys)
	user.save(ignore_permissions=True)  # run from a shell, by the site's owner
	frappe.db.commit()
	return keys
