"""Where the pictures are taken: a browser at the site, as a person would have it open, and files small enough to be kept."""

from __future__ import annotations

import io
from pathlib import Path

import frappe
from frappe.utils.password import update_password
from PIL import Image

from erp_connect.tests.bench import browser

WIDTH, HEIGHT = 1400, 900
# Desk's pages have few colours: with so many a picture looks the same and has half the size.
COLOURS = 256
MOST_BYTES = 200_000
PASSWORD = "correct-horse-battery-9!"
PERSON = "mara.lindqvist@example.com"
ROLES = ("System Manager", "Integration Manager", "Sales Manager", "Sales User", "Sales Master Manager", "Accounts User",
	"Stock User", "Item Manager")  # fmt: skip
# Addresses of this machine become those that are told for them.
RENAME = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode())
	for (const [here, told] of Object.entries(arguments[0]))
		walker.currentNode.data = walker.currentNode.data.replaceAll(here, told);
"""
LIGHT = "document.documentElement.setAttribute('data-theme', 'light')"
# What stands in the way of what a picture is about: the caret, messages that pass, and the picture's own chance.
QUIET = """
const style = document.createElement("style");
style.textContent = "* { caret-color: transparent !important } #alert-container, .onboarding-widget-box { display: none !important }";
document.head.append(style);
document.activeElement?.blur();
"""


def person() -> str:
	"""Who is logged in on the pictures."""
	if not frappe.db.exists("User", PERSON):
		first, last = "Mara", "Lindqvist"
		frappe.get_doc(
			{
				"doctype": "User",
				"email": PERSON,
				"first_name": first,
				"last_name": last,
				"send_welcome_email": 0,
			}
		).insert(ignore_permissions=True)  # a scratch site's own user
	doc = frappe.get_doc("User", PERSON)
	doc.add_roles(*ROLES)
	update_password(PERSON, PASSWORD)
	return PERSON


class Studio:
	"""A browser that is logged in. Close it.

	folder: takes the pictures. addresses: of this machine, with what is shown in their place.
	"""

	def __init__(self, site: str, folder: Path, addresses: dict[str, str]) -> None:
		self.folder, self.addresses = folder, addresses
		self.site = browser.DeskSite(site)
		self.desk = browser.Desk(self.site.url)
		self.desk.login(person_after_commit(), PASSWORD)
		self.desk.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})

	def close(self) -> None:
		self.desk.close()
		self.site.stop()

	def open(self, path: str, see: str) -> None:
		"""A page of Desk, as soon as it says `see`, at its usual size."""
		self.resize(HEIGHT)
		self.desk.open(path)
		self.desk.see(see)

	def resize(self, height: int) -> None:
		"""The window's inside, in points."""
		self.desk.driver.execute_cdp_cmd(
			"Emulation.setDeviceMetricsOverride",
			{"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False},
		)

	def take(self, name: str, height: int = HEIGHT, drawn: str = "true") -> None:
		"""Keep what is seen now as a picture. drawn: expression of the script that is true once all of it is there."""
		self.resize(height)
		self.until(drawn, f"{name} to be drawn")
		self.desk.run(LIGHT)
		self.desk.run(QUIET)
		self.desk.run(RENAME, self.addresses)
		self.desk.settle()
		image = Image.open(io.BytesIO(self.desk.driver.get_screenshot_as_png())).convert("RGB")
		path = self.folder / f"{name}.png"
		image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
			path, optimize=True
		)
		size = path.stat().st_size
		if size > MOST_BYTES:
			raise AssertionError(
				f"{path.name} has {size} bytes, more than {MOST_BYTES}: show less of the page"
			)
		print(f"     {path.name}  {image.width} × {image.height}, {size // 1000} kB", flush=True)

	def until(self, script: str, what: str) -> None:
		"""Wait until a script's expression is true."""
		self.desk.until(lambda: self.desk.run(f"return {script}"), what)


def person_after_commit() -> str:
	"""The person, seen by the process that serves the site."""
	user = person()
	frappe.db.commit()  # the web process reads what is committed
	return user
