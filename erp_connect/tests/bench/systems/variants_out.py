"""A template with variants and pictures that is made here, for the shops that take it."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.controllers.item_variant import create_variant
from frappe.utils.file_manager import save_file

from erp_connect.tests.bench import factories as make

PIXEL = bytes.fromhex(
	"89504e470d0a1a0a0000000d4948445200000001000000010806000000"
	"1f15c4890000000d49444154789c6360f8cf500f0003860180d9d66f2e0000000049454e44ae426082"
)


class VariantsOut:
	"""Beside a case of a shop that has `mark`, a text of this test's own."""

	mark: str

	def attribute(self, name: str, *values: str) -> str:
		rows = [{"attribute_value": value, "abbr": f"{self.mark}{value[:3].upper()}"} for value in values]
		doc = {"doctype": "Item Attribute", "attribute_name": name, "item_attribute_values": rows}
		return frappe.get_doc(doc).insert().name

	def template(self, *attributes: str, **values: Any) -> Any:
		names = {"item_code": f"SHIRT-{self.mark}", "item_name": f"Shirt {self.mark}"}
		rows = [{"attribute": one} for one in attributes]
		return make.item(
			**{**names, "has_variants": 1, "attributes": rows, "description": "A shirt", **values}
		)

	def variant(self, template: Any, chosen: dict[str, str], **values: Any) -> Any:
		doc = create_variant(template.name, chosen)
		doc.update({"item_code": f"{template.name}-{'-'.join(chosen.values()).upper()}", **values})
		return doc.insert()

	def picture(self, doc: Any, name: str = "front", *, private: bool = False) -> str:
		"""Let an item have a picture of its own. The address of the file."""
		content = PIXEL + f"{name} {self.mark}".encode()  # what follows the end of a picture is passed over
		file = save_file(f"{name}-{self.mark}.png", content, "Item", doc.name, is_private=int(private))
		doc.reload()
		doc.image = file.file_url
		doc.save()
		return file.file_url

	def settled(self) -> None:
		"""Send what is due, and what waited for the template."""
		for _ in range(2):
			frappe.db.commit()
			self.send()
			self.later()
		self.send()
		self.assert_all_done()
