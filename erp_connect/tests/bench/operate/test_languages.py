"""What people read is in their language: on the site's own files of translations, as a build compiles them."""

from __future__ import annotations

from pathlib import Path

import frappe
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from frappe.gettext.translate import compile_translations, get_method_map
from frappe.tests.utils import FrappeTestCase
from frappe.translate import get_all_translations

from erp_connect import messages
from erp_connect.api import presets
from erp_connect.core.errors import ConnectError, Told, Whole

APP = Path(frappe.get_app_path("erp_connect"))
LANGUAGES = ("de", "es")
NAMES = {"ERPNext"}


class TestLanguages(FrappeTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		compile_translations("erp_connect", force=True)
		frappe.clear_cache()
		cls.addClassCleanup(frappe.clear_cache)

	def setUp(self) -> None:
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)

	def test_every_text_of_the_sources_is_translated(self):
		"""By this app, or by Frappe and ERPNext. After a change of texts: `make translations`."""
		texts = _texts()
		self.assertGreater(len(texts), 3000)
		for language in LANGUAGES:
			known = get_all_translations(language)
			self.assertEqual(sorted(text for text in texts - NAMES if not known.get(text)), [], language)

	def test_errors_with_reasons(self):
		error = ConnectError("Line {number} is not a JSON record: {reason}", number=3,
			reason=Told("The host {host} sent nothing for too long.", {"host": "shop.example"}))  # fmt: skip
		value = ConnectError("{field} ({type}) cannot be {value}: {reason}.", field="a", type="Int", value="x",
			reason=Whole("it has a fraction, and the field holds whole numbers"))  # fmt: skip
		for language in LANGUAGES:
			frappe.local.lang = language
			said = messages.translate(error)
			self.assertIn("shop.example", said)
			for words in ("is not a JSON record", "sent nothing"):
				self.assertNotIn(words, said)
			self.assertNotIn("fraction, and", messages.translate(value))

	def test_presets(self):
		english = presets.describe("WooCommerce")
		frappe.local.lang = "de"
		german = presets.describe("WooCommerce")
		for part in ("inputs", "flows"):
			self.assertEqual(len(english[part]), len(german[part]))
			self.assertNotEqual([one.get("help", one.get("description")) for one in english[part]],
				[one.get("help", one.get("description")) for one in german[part]])  # fmt: skip
		self.assertEqual([one["key"] for one in english["inputs"]], [one["key"] for one in german["inputs"]])


def _texts() -> set[str]:
	"""Every text that Frappe's own command would put into the template."""
	methods = [*get_method_map("erp_connect"), *get_method_map("frappe")]
	keywords = {**DEFAULT_KEYWORDS, "_lt": None}
	return {
		found[2] if isinstance(found[2], str) else found[2][0]
		for found in extract_from_dir(APP.parent, methods, directory_filter=_is_source, keywords=keywords)
		if found[2]
	}


def _is_source(folder) -> bool:
	return not Path(folder).name.startswith((".", "_", "node_modules"))
