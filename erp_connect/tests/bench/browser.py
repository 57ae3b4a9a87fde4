"""Desk in a real browser: the test site served with its scripts, and Chromium without a window.

Needs Chromium and its driver, as Debian's packages chromium and chromium-driver give them, and selenium.
Where one is missing the tests are skipped and say so; with ERP_CONNECT_REQUIRE_BROWSER=1 they fail instead.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import frappe

from erp_connect.tests.bench import services
from erp_connect.tests.bench.pair import BENCH

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
	"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
	"--disable-dev-shm-usage", "--window-size=1400,1200",
)  # fmt: skip
PATIENCE = 20
# There is no socket server in these tests, and forms are left with changes in them.
EXPECTED = ("/socket.io/", "socket.io:", "/favicon.ico", "'beforeunload'", "play() failed")

# Desk loads its scripts after the page, and a form's after its list of fields, without counting either as a call.
IDLE = """
if (document.readyState !== "complete" || !window.frappe?.request || frappe.request.ajax_count) return false;
if (!document.getElementById("body")) return true;
if (!frappe.router?.current_route) return false;
const [view, doctype, name] = frappe.router.current_route;
if (view !== "Form") return true;
const frm = window.cur_frm;
return frm?.doctype === doctype && frm.docname === name && frm.$wrapper?.is(":visible") && !!frm.doc;
"""
SESSION = "return window.frappe?.boot ? frappe.session?.user : null"
LOGIN = """
const [user, password, done] = arguments;
fetch("/api/method/login", {
	method: "POST",
	headers: { "Content-Type": "application/x-www-form-urlencoded" },
	body: new URLSearchParams({ usr: user, pwd: password }),
}).then((answer) => done(answer.status));
"""
# The last of them, since dialogs stand after the page.
FIND = """
const [label, selector] = arguments;
return [...document.querySelectorAll(selector)]
	.filter((element) => element.innerText.trim() === label && element.offsetParent)
	.pop();
"""

TEXT = """
const fields = [...document.querySelectorAll("input")].filter((field) => field.offsetParent);
return [document.body.innerText, ...fields.map((field) => field.value)].join("\\n");
"""

UNFOLD = "document.querySelectorAll('details').forEach((part) => (part.open = true))"


def require() -> tuple[str, str]:
	"""Paths of the browser and its driver. Raises `unittest.SkipTest` where something is missing, unless
	the environment requires the browser."""
	browser = next(filter(None, map(shutil.which, BROWSERS)), None)
	driver = shutil.which("chromedriver")
	missing = _missing(browser, driver)
	if not missing:
		return browser, driver
	message = f"Desk is not tested in a browser: {missing}"
	if os.environ.get("ERP_CONNECT_REQUIRE_BROWSER") == "1":
		raise AssertionError(message)
	print(f"WARNING: {message}", file=sys.stderr)
	raise unittest.SkipTest(message)


def _missing(browser: str | None, driver: str | None) -> str:
	if not (browser and driver):
		return "install chromium and chromium-driver."
	if not importlib.util.find_spec("selenium"):
		return "install the Python package selenium."
	assets = Path(frappe.local.sites_path, "assets", "assets.json")
	built = json.loads(assets.read_text()) if assets.exists() else {}
	if not {"desk.bundle.js", "erp_connect.bundle.js"} <= built.keys():
		return "the scripts of Desk are not built. Run bench build."
	return ""


class DeskSite:
	"""The site served with its scripts and styles, on a port of its own."""

	def __init__(self, name: str) -> None:
		port = services.free_port()
		self.url = f"http://127.0.0.1:{port}"
		self.server = services.Process(
			*(*BENCH, "--site", name, "serve", "--port", str(port), "--noreload"), env={"CI": "1"}
		).start()
		services.wait_for_port(port, self.server)

	def stop(self) -> None:
		self.server.kill()


class Desk:
	"""One browser at one site."""

	def __init__(self, url: str) -> None:
		from selenium import webdriver
		from selenium.webdriver.chrome.service import Service

		browser, driver = require()
		self.url = url
		self.user: str | None = None  # who has logged in
		self.profile = tempfile.TemporaryDirectory(prefix="erp_connect-browser-", ignore_cleanup_errors=True)
		options = webdriver.ChromeOptions()
		options.binary_location = browser
		for flag in (*FLAGS, f"--user-data-dir={self.profile.name}"):
			options.add_argument(flag)
		options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
		self.driver = webdriver.Chrome(options=options, service=Service(driver))
		self.driver.set_script_timeout(PATIENCE)

	def close(self) -> None:
		self.driver.quit()
		self.profile.cleanup()

	def forget(self) -> None:
		"""Be as new to the site: what it stored here is gone. Its scripts, which never change, are kept."""
		self.driver.get("about:blank")
		place = {"origin": self.url, "storageTypes": "all"}
		self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", place)
		self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
		self.errors()

	def ask_anew(self) -> None:
		"""Forget answers that Frappe lets browsers keep for a minute, such as those of the bell in 16."""
		self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})

	def login(self, user: str, password: str) -> None:
		# Only the cookies of the page that is open are deleted; and a Desk that is open would bring its own back.
		self.driver.get(f"{self.url}/api/method/ping")
		self.driver.delete_all_cookies()
		self.driver.get(f"{self.url}/login")
		status = self.driver.execute_async_script(LOGIN, user, password)
		if status != 200:
			raise AssertionError(f"{user} could not log in: status {status}")
		self.user, self.password = user, password

	def open(self, path: str) -> None:
		"""Open a page as who has logged in last. A late answer to a page of who was logged in before brings his
		session back; then this logs in anew."""
		for _attempt in range(3):
			self.driver.get(self.url + path)
			self.settle()
			shown_to = self.run(SESSION)
			if shown_to in (None, self.user):
				return
			self.login(self.user, self.password)
		raise AssertionError(f"{path} was opened for {shown_to}, although {self.user} has logged in")

	def settle(self) -> None:
		"""Until the page has loaded, shows what its address names, and no call is on its way."""
		self.until(lambda: self.run(IDLE), "the page to settle")
		frappe.db.rollback()  # what the page did is seen by the test from here on

	def run(self, script: str, *arguments: Any) -> Any:
		return self.driver.execute_script(script, *arguments)

	def until(self, met, what: str) -> Any:
		from selenium.common.exceptions import JavascriptException

		end = time.monotonic() + PATIENCE
		while time.monotonic() < end:
			try:
				if value := met():
					return value
			except JavascriptException:
				pass  # the page is not so far yet
			time.sleep(0.1)
		raise AssertionError(f"waited {PATIENCE} s for {what}\n{self.text()[:3000]}")

	def click(self, label: str, selector: str = "button, a, .nav-link, .menu-item-label") -> None:
		"""Click what a person would: the visible button, link or tab with this label."""
		element = self.until(lambda: self.run(FIND, label, selector), f"“{label}”")
		self.run("arguments[0].click()", element)
		self.settle()

	def press(self, selector: str) -> None:
		"""Click the first element of a CSS selector, as soon as the page has it."""
		find = "return document.querySelector(arguments[0])"
		self.run("arguments[0].click()", self.until(lambda: self.run(find, selector), f"“{selector}”"))
		self.settle()

	def choose(self, menu: str, entry: str) -> None:
		"""Open a group of buttons and click one of them."""
		self.click(menu, ".inner-group-button > button, .actions-btn-group > button")
		self.click(entry, ".dropdown-item, .menu-item-label")

	def fill(self, fieldname: str, value: str) -> None:
		"""Set a field of the dialog that is open."""
		shown = "return !!(window.cur_dialog?.display && cur_dialog.fields_dict[arguments[0]])"
		self.until(lambda: self.run(shown, fieldname), f"a dialog with {fieldname}")
		self.run("return cur_dialog.set_value(arguments[0], arguments[1])", fieldname, value)
		self.settle()

	def see(self, text: str) -> None:
		self.until(lambda: text in self.text(), f"“{text}”")

	def see_folded(self, *texts: str) -> None:
		"""Wait for texts that may be folded away. A page may draw itself again at any time, folded as before."""
		for text in texts:
			self.until(lambda text=text: self.run(UNFOLD) or text in self.text(), f"“{text}”")

	def text(self) -> str:
		"""What can be read on the page, in its fields too."""
		return self.run(TEXT)

	def errors(self) -> list[str]:
		"""Errors in the console since the last call."""
		return [
			entry["message"]
			for entry in self.driver.get_log("browser")
			if entry["level"] == "SEVERE" and not any(known in entry["message"] for known in EXPECTED)
		]


_open: dict[str, tuple[DeskSite, Desk]] = {}


def opened(site: str) -> Desk:
	"""A browser at the site that is new to it, and stays until the run ends: starting one, and reading the scripts
	of Desk for the first time, takes seconds."""
	if site not in _open or not _open[site][0].server.running:
		if site in _open:
			_open.pop(site)[1].close()
		served = DeskSite(site)
		_open[site] = (served, Desk(served.url))
	desk = _open[site][1]
	desk.forget()
	return desk


def close_all() -> None:
	"""Close what `opened` opened."""
	while _open:
		served, desk = _open.popitem()[1]
		desk.close()
		served.stop()


atexit.register(close_all)
