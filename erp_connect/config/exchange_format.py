"""Field Mappings as JSON text: to move them between sites, and to ship them in presets.

The text holds what the flow does, with its value maps. It never holds the account, its address or a secret.
"""

import json
from collections.abc import Mapping

import frappe

from erp_connect.config import value_map_names
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.presets.preset import FORMAT as PRESET
from erp_connect.core.values.json_text import problem_of

FORMAT = "erp_connect.field_mapping"
VERSION = 1
LEFT_OUT = {
	"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx", "parent", "parentfield", "parenttype",
	"doctype", "integration", "enabled", "amended_from", "__islocal", "__unsaved", "__onload",
	"is_hook", "preset", "preset_flow", "preset_release", "preset_base", "former_names",
}  # fmt: skip
CHILD_TABLES = (
	"requests",
	"answer_rules",
	"rows",
	"linked_documents",
	"triggers",
	"pull_parameters",
	"parent_parameters",
	"request_parameters",
	"write_back",
)


def export(doc) -> str:
	"""The flow as indented JSON."""
	mapping, value_maps = content(doc)
	whole = {"format": FORMAT, "version": VERSION, "mapping": mapping, "value_maps": value_maps}
	return json.dumps(whole, indent=1, ensure_ascii=False, default=str) + "\n"


def content(doc) -> tuple[dict, dict[str, list[dict]]]:
	"""What a flow does, as a dict without the account, and the entries of its value maps by their names."""
	names = {row.value_map for row in doc.rows if row.value_map}
	return _plain(doc), {name: value_map_names.entries_of(name) for name in sorted(names)}


def import_(text: str, integration: str, mapping_name: str = "") -> str:
	"""Create the flow in `text`, disabled, and its value maps. Returns its name.

	A value map of this site that has other entries is left alone: the file's gets a free name, and that is said.

	Raises `ConfigurationError` when the text is not an exported flow; Frappe's errors when it does not fit here.
	"""
	data = _parsed(text)
	mapping, value_maps = value_map_names.beside_others(data["mapping"], data.get("value_maps") or {})
	return create(mapping, value_maps, integration, mapping_name)


def create(mapping: Mapping, value_maps: Mapping, integration: str, mapping_name: str = "") -> str:
	"""Create the flow `mapping` for an account, disabled, and the value maps that do not exist. Returns its name.

	Where one exists that has other entries, that is said.

	Raises Frappe's errors when it does not fit here.
	"""
	for name, entries in value_maps.items():
		if frappe.db.exists("Value Map", name):
			value_map_names.tell_kept(name, entries)
		else:
			frappe.get_doc({"doctype": "Value Map", "map_name": name, "entries": entries}).insert()
	values = {key: value for key, value in mapping.items() if key not in LEFT_OUT}
	doc = frappe.get_doc({**values, "doctype": "Field Mapping", "integration": integration, "enabled": 0})
	doc.mapping_name = _free_name(mapping_name or doc.mapping_name or "Imported flow")
	return doc.insert().name


def _parsed(content: str) -> dict:
	try:
		data = json.loads(content)
	except (ValueError, RecursionError) as error:
		raise ConfigurationError(
			"This is not JSON: {reason}. Choose a file that was made by Export.",
			code="bad_import",
			reason=Whole(problem_of(error) if isinstance(error, ValueError) else str(error)),
		) from None
	if isinstance(data, dict) and data.get("format") == PRESET:
		raise ConfigurationError(
			"The file holds a whole account, and not one flow. Import it in the list of accounts.",
			code="bad_import",
		)
	known = isinstance(data, dict) and data.get("format") == FORMAT and isinstance(data.get("mapping"), dict)
	if not known or data.get("version") != VERSION:
		raise ConfigurationError(
			"This is not an exported flow of version {version}. Choose a file that was made by Export.",
			code="bad_import",
			version=VERSION,
		)
	return data


def _plain(doc) -> dict:
	plain = {}
	for key, value in doc.as_dict().items():
		if key in LEFT_OUT:
			continue
		if key in CHILD_TABLES:
			plain[key] = [_plain(row) for row in doc.get(key)]
		elif value not in (None, ""):
			plain[key] = value
		elif _has_default(doc.meta, key):
			plain[key] = ""  # was cleared; left out it would come back
	return plain


def _has_default(meta, fieldname: str) -> bool:
	field = meta.get_field(fieldname)
	return bool(field and field.default)


def _free_name(name: str) -> str:
	candidate, number = name, 2
	while frappe.db.exists("Field Mapping", candidate):
		candidate, number = f"{name} ({number})", number + 1
	return candidate
