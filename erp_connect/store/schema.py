"""Keys and columns that the engine's promises rest on, and the guard that checks them.

`bench install-app` marks every patch as done without running it, so nothing here may live in a patch:
`ensure()` runs after each install and each migrate, and `require()` refuses to send or accept while
anything is missing. `Sync Log.seq` is an AUTO_INCREMENT column that only the database writes: it is the
order of events, whatever the clocks of the workers say.
"""

import frappe

from erp_connect.core.errors import ConfigurationError, Whole

# Frappe's own sync of a DocType drops indexes of one field that the DocType does not ask for: such a field is
# marked unique (or indexed) there, and the index has the name that Frappe gives it.
UNIQUE_INDEXES = {
	"Sync Log": {"unique_seq": ("seq",), "dedupe_key": ("dedupe_key",)},
	"Sync Link": {
		# Links of documents that were merged into another one are numbered from 1.
		"unique_document": ("integration", "remote_entity", "document_type", "document_name", "merged"),
		"unique_external_id": ("integration", "remote_entity", "external_id"),
	},
	"Sync Cursor": {"field_mapping": ("field_mapping",)},
	"Webhook Subscription": {"unique_topic": ("integration", "topic")},
	"Sync Alert": {"open_key": ("open_key",)},
	"Sync Exemption": {
		"unique_exemption": ("integration", "document_type", "document_name", "field_mapping"),
	},
}

# Compared byte by byte: the order of texts that Frappe gives its tables takes the id `00QAbC` for `00QaBc`.
EXACT_COLUMNS = {"Sync Link": ("external_id",)}
EXACT = "utf8mb4_nopad_bin"

INDEXES = {
	"Sync Log": {
		"due": ("integration", "due_at", "seq"),
		"order_of_document": ("order_key", "due_at"),
		"document": ("reference_doctype", "reference_name"),
		"payload": ("payload_doctype", "payload_name"),
		"state_of_account": ("status", "integration", "creation"),
		"flow": ("field_mapping", "status"),
		"by_creation": ("creation",),
		"by_direction": ("direction", "creation"),
		"external": ("external_id",),
	},
	"Sync Attempt": {
		"log": ("sync_log", "attempt"),
		"of_account": ("integration", "started", "outcome", "response_status"),
	},
	"Sync Link": {"document": ("document_type", "document_name")},
	"Sync Difference": {"found_in": ("reconciliation", "kind", "status")},
	"Sync Exemption": {"document": ("document_type", "document_name")},
}


def ensure() -> None:
	"""Create what is missing. DDL commits by itself in MariaDB; safe to run again."""
	_ensure_sequence()
	for doctype, columns in EXACT_COLUMNS.items():
		for column in columns:
			_make_exact(doctype, column)
	for doctype, indexes in UNIQUE_INDEXES.items():
		for name, columns in indexes.items():
			if name != "unique_seq":
				_add_index(doctype, name, columns, unique=True)
	for doctype, indexes in INDEXES.items():
		for name, columns in indexes.items():
			_add_index(doctype, name, columns)
	frappe.cache.delete_value("erp_connect_schema")


def require() -> None:
	"""Raise `ConfigurationError` while a unique index is missing. Cached once found complete."""
	if frappe.cache.get_value("erp_connect_schema") == "complete":
		return
	if missing := missing_indexes():
		raise ConfigurationError(
			"Database index {name} is missing, so nothing is sent or accepted. "
			"Run `bench --site <site> migrate` and try again.",
			code="missing_index",
			name=Whole(", ".join(missing)),
		)
	frappe.cache.set_value("erp_connect_schema", "complete", expires_in_sec=300)


def missing_indexes() -> list[str]:
	"""Names of the unique indexes that the database does not have, as `table.index`."""
	return [
		f"{doctype}.{name}"
		for doctype, indexes in UNIQUE_INDEXES.items()
		for name, columns in indexes.items()
		if _columns_of(doctype, name) != columns
	]


def _ensure_sequence() -> None:
	if "seq" not in frappe.db.get_table_columns("Sync Log"):
		frappe.db.sql_ddl(
			"ALTER TABLE `tabSync Log` ADD COLUMN seq BIGINT NOT NULL AUTO_INCREMENT,"
			" ADD UNIQUE INDEX unique_seq (seq)"
		)


def _make_exact(doctype: str, column: str) -> None:
	"""Give a column of text the collation `EXACT`. Frappe leaves it when it syncs a DocType."""
	(found,) = frappe.db.sql(f"SHOW FULL COLUMNS FROM `tab{doctype}` WHERE Field = %s", column, as_dict=True)
	if found.Collation != EXACT:
		frappe.db.sql_ddl(
			f"ALTER TABLE `tab{doctype}` MODIFY `{column}` {found.Type} CHARACTER SET utf8mb4 COLLATE {EXACT}"
		)


def _columns_of(doctype: str, name: str) -> tuple[str, ...]:
	"""The columns of an index; none where there is no such index."""
	rows = frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}` WHERE Key_name = %s", name, as_dict=True)
	return tuple(row.Column_name for row in sorted(rows, key=lambda row: row.Seq_in_index))


def _add_index(doctype: str, name: str, columns: tuple[str, ...], unique: bool = False) -> None:
	"""Create an index; one of that name over other columns, of an earlier version, gives way in the same statement."""
	found = _columns_of(doctype, name)
	if found == columns:
		return
	kind = "UNIQUE INDEX" if unique else "INDEX"
	frappe.db.sql_ddl(
		f"ALTER TABLE `tab{doctype}` {f'DROP INDEX `{name}`, ' if found else ''}"
		f"ADD {kind} `{name}` ({', '.join(f'`{c}`' for c in columns)})"
	)
