"""What is known of a DocType at no cost when one of its documents is saved: it travels inside the DocType's Meta.

As a Property Setter, which Frappe loads and invalidates with Meta anyway: to ask for it is one attribute read, with no
query, no Redis, and no cache of our own. It is system generated, so that Customize Form leaves it alone.
"""

import frappe
from frappe.custom.doctype.property_setter.property_setter import delete_property_setter


def holders(prop: str) -> dict[str, str]:
	"""The DocTypes that have a property, with its values."""
	rows = frappe.get_all(
		"Property Setter", filters={"property": prop}, fields=["doc_type", "value"], as_list=True
	)
	return dict(rows)


def write(doctype: str, prop: str, value: str) -> None:
	"""Set a property. A new Property Setter takes the place of the one before it, and clears the cached Meta."""
	frappe.get_doc(
		{
			"doctype": "Property Setter",
			"doctype_or_field": "DocType",
			"doc_type": doctype,
			"property": prop,
			"property_type": "Data",
			"value": value,
			"is_system_generated": 1,
		}
	).insert(
		ignore_permissions=True
	)  # whoever manages flows, or deletes documents, need not customise DocTypes


def remove(doctype: str, prop: str) -> None:
	delete_property_setter(doctype, prop)
	frappe.clear_cache(doctype=doctype)


def remove_all(prop: str) -> None:
	for doctype in holders(prop):
		remove(doctype, prop)
