"""What is known of a DocType at no cost when one of its documents is saved: it travels inside the DocType's Meta.

As a Property Setter, which Frappe loads and invalidates with Meta anyway: to ask for it is one attribute read, with no
query, no Redis, and no cache of our own. It is system generated, so that Customize Form leaves it alone.
"""

import frappe


def holders(prop: str) -> dict[str, str]:
	"""The DocTypes that have a property, with its values."""
	rows = frappe.get_all(
		"Property Setter", filters={"property": prop}, fields=["doc_type", "value"], as_list=True
	)
	return dict(rows)


def write(doctype: str, prop: str, value: str) -> None:
	if name := frappe.db.get_value("Property Setter", _of(doctype, prop)):
		frappe.db.set_value("Property Setter", name, "value", value)
		frappe.clear_cache(doctype=doctype)
		return
	frappe.get_doc(
		{
			"doctype": "Property Setter",
			"doctype_or_field": "DocType",
			**_of(doctype, prop),
			"property_type": "Data",
			"value": value,
			"is_system_generated": 1,
		}
	).insert(
		ignore_permissions=True
	)  # whoever manages flows, or deletes documents, need not customise DocTypes


def remove(doctype: str, prop: str) -> None:
	# As a row: of a document Frappe would first look for links to it in all tables.
	frappe.db.delete("Property Setter", _of(doctype, prop))
	frappe.clear_cache(doctype=doctype)


def remove_all(prop: str) -> None:
	for doctype in holders(prop):
		remove(doctype, prop)


def _of(doctype: str, prop: str) -> dict[str, str]:
	return {"doc_type": doctype, "property": prop}
