"""Sends existing documents through a flow: in chunks, resumable after a kill, never crowding out live changes.

The place it has reached is written in the same transaction as the events of the chunk, so a killed worker
neither skips nor doubles one. It waits while many of its events are unsent; live changes thus stand behind at
most `AHEAD` of them.
"""

import json
import re

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.calls import switch
from erp_connect.config.request_rules import event_as_is
from erp_connect.config.roles import MANAGERS
from erp_connect.core.errors import ConnectError, capped
from erp_connect.jobs import doorbell
from erp_connect.messages import translate
from erp_connect.store import backfills, keys, sync_difference, sync_link, sync_log

CHUNK = 200
AHEAD = 400
# Most events in batches that are worked off outside at a time.
UNDER_WAY = 10_000
# Names looked for at once, where it is counted how many are linked.
COUNTED = 2000
JOB = "erp_connect.outbound.backfill.run"


class NotAllowed(ConnectError):
	"""Who started a backfill, or its flow, may not send any more."""

	default_code = "no_permission"


def start(flow, filters: str, *, only_unlinked: bool) -> str:
	"""Begin to send the documents of a flow (a Field Mapping) that match list filters, as the session's user.

	Returns the name of the Sync Backfill. Raises `frappe.ValidationError` for filters that are none.
	"""
	filters_of(filters)
	name = backfills.create(
		flow.name, flow.integration, filters, only_unlinked=only_unlinked, started_by=frappe.session.user
	)
	resume(name, flow)
	return name


def resume(name: str, flow) -> None:
	"""Begin, or go on where it was stopped, with the rights of the session's user from here on."""
	row = frappe.db.get_value(
		"Sync Backfill", name, ["filters_json", "only_unlinked", "last_name", "queued"], as_dict=True
	)
	left = _behind(flow, filters_of(row.filters_json), row.last_name)
	total = row.queued + _count(flow, left, only_unlinked=bool(row.only_unlinked))
	backfills.begin(name, total=total, started_by=frappe.session.user)
	frappe.db.after_commit.add(lambda: wake(name))


def count(flow, filters: str, *, only_unlinked: bool) -> int:
	"""How many documents a backfill with these list filters would send. Raises `frappe.ValidationError`."""
	return _count(flow, filters_of(filters), only_unlinked=only_unlinked)


def _count(flow, filters: list, *, only_unlinked: bool) -> int:
	total = compat.count_list(flow.document_type, filters)
	return total - _linked_among(flow, filters) if total and only_unlinked else total


def _linked_among(flow, filters: list) -> int:
	"""How many of the documents that match are linked already: those that are linked are fewer than all, or as many."""
	found, last = 0, ""
	while names := sync_link.linked_documents(
		flow.integration, flow.remote_entity, flow.document_type, last, COUNTED
	):
		found += compat.count_list(flow.document_type, [*filters, [flow.document_type, "name", "in", names]])
		last = names[-1]
	return found


def _behind(flow, filters: list, last: str | None) -> list:
	return [*filters, [flow.document_type, "name", ">", last or ""]]


def filters_of(text: str | None) -> list:
	"""List filters that came as JSON. Raises `frappe.ValidationError` for what is none."""
	try:
		filters = json.loads(text or "[]")
	except ValueError as error:
		frappe.throw(_("The filters are not valid JSON: {0}").format(frappe.utils.escape_html(str(error))))
	if not isinstance(filters, list):
		frappe.throw(_('Write filters as a list, for example [["customer_group", "=", "Retail"]].'))
	return filters


def wake(name: str) -> None:
	"""Queue the job of a backfill; harmless when it runs already, since it holds a lock on its row."""
	try:
		frappe.enqueue(
			JOB, queue="long", job_id=f"erp_connect_backfill_{name}", deduplicate=True, backfill=name
		)
	except Exception:  # as with wake-ups: the sweep tries again in a minute
		frappe.logger("erp_connect").warning("backfill %s could not be queued", name, exc_info=True)


def wake_all(**filters: str) -> None:
	"""Let running backfills go on, all or those that match `filters`."""
	for name in frappe.get_all("Sync Backfill", filters={"status": "Running", **filters}, pluck="name"):
		wake(name)


def run(backfill: str) -> None:
	"""Job: queue chunks until the end, or until enough is waiting to be sent."""
	user, starter = frappe.session.user, frappe.db.get_value("Sync Backfill", backfill, "started_by")
	if not starter:
		return  # deleted meanwhile
	# Whoever asked for the job: the scheduler, for example, sees more than the one who started the backfill.
	frappe.set_user(starter)
	try:
		while _one_chunk(backfill):
			frappe.db.commit()  # each chunk stands for itself: this is what makes it resumable
		frappe.db.commit()  # the end, or the failure, of the backfill
	finally:
		frappe.set_user(user)


def _one_chunk(name: str) -> bool:
	"""True when another chunk may follow at once."""
	row = frappe.db.get_value("Sync Backfill", name, "*", as_dict=True, for_update=True)
	if not row or row.status != "Running" or _waiting(name) >= AHEAD:
		return False
	if not switch.takes_in(row.integration):
		return False  # nothing is recorded of an account that is switched off; the sweep asks again
	frappe.db.savepoint("erp_connect_chunk")
	try:
		_require_starter(row.started_by)
		return _queue_chunk(row)
	except ConnectError as error:
		frappe.db.rollback(save_point="erp_connect_chunk")
		_save(name, status="Failed", error=capped(translate(error)))
		return False
	except Exception as error:
		frappe.db.rollback(save_point="erp_connect_chunk")
		frappe.log_error(title=f"ERP Connect: backfill {name} stopped")
		_save(name, status="Failed", error=capped(f"{type(error).__name__}: {error}"))
		return False


def _require_starter(user: str) -> None:
	"""Raise `NotAllowed` unless who started it may still do so."""
	enabled = frappe.db.get_value("User", user, "enabled")
	if not enabled or not set(MANAGERS) & set(frappe.get_roles(user)):
		raise NotAllowed(
			"User {user}, who started this, is disabled or may not send documents any more. Press Resume to go on with "
			"your own rights.",
			user=user,
		)


def _queue_chunk(row) -> bool:
	flow = frappe.get_cached_doc("Field Mapping", row.field_mapping)
	if not flow.enabled:
		raise NotAllowed(
			"Flow {flow} was switched off, so nothing would be sent. Tick Enabled in it, then press Resume.",
			flow=flow.name,
		)
	documents = next_documents(flow, filters_of(row.filters_json), row.last_name, CHUNK)
	if not documents:
		_save(row.name, status="Completed", progress=100)
		return False
	company = frappe.get_cached_value("Integration Settings", flow.integration, "company")
	unlinked = _unlinked(flow, documents)
	known = sync_difference.known_outside(flow.name, [document.name for document in unlinked])
	wanted = [one for one in (unlinked if row.only_unlinked else documents) if str(one.name) not in known]
	if known:
		_tell_left_out(row, len(known))
	if wanted:
		sync_log.queue([_event(flow, company, row.name, document) for document in wanted])
	queued = row.queued + len(wanted)
	progress = min(100, 100 * queued / row.total) if row.total else 0
	_save(row.name, last_name=documents[-1].name, queued=queued, progress=progress)
	doorbell.after_commit({flow.integration})
	return True


def _tell_left_out(row, count: int) -> None:
	"""Say how many documents are not sent, since they would be made outside a second time. Counts on from chunk to chunk."""
	before = re.match(r"\d+", row.error or "")
	text = _(
		"{0} documents were left out: the last comparison found them outside, with other values and without a link. Decide "
		"these differences on the Review Desk, or press Pull Everything first; else each would be made there a second time."
	)
	_save(row.name, error=text.format(count + (int(before[0]) if before else 0)))


def next_documents(flow, filters: list, last: str | None, most: int) -> list:
	"""At most so many documents behind name `last` that match list filters: those that the session's user may see.

	Rows with `name`, and `docstatus` where there is one, in the order of names. Also for a flow that is not saved.
	"""
	meta = frappe.get_meta(flow.document_type)
	fields = ["name", "docstatus"] if meta.is_submittable else ["name"]
	filters = _behind(flow, filters, last)
	# As the user who started it: nobody sends out more than they may see.
	return frappe.get_list(
		flow.document_type,
		filters=filters,
		fields=fields,
		order_by="name asc",
		limit=most,
		ignore_ifnull=True,
	)


def _unlinked(flow, documents: list) -> list:
	names = [str(document.name) for document in documents]
	linked = sync_link.find_many(flow.integration, flow.remote_entity, flow.document_type, names)
	return [document for document in documents if str(document.name) not in linked]


def event_of(flow, document) -> str:
	"""The event as which a document that exists is sent. document: a row of `next_documents`."""
	events = {frappe.scrub(request.event) for request in flow.requests if request.event}
	return event_as_is(events, document.get("docstatus") or 0)


def _event(flow, company: str | None, backfill: str, document) -> dict:
	return {
		"integration": flow.integration,
		"field_mapping": flow.name,
		"company": company,
		"event": event_of(flow, document),
		"reference_doctype": flow.document_type,
		"reference_name": document.name,
		"order_key": keys.order_key(flow.name, flow.document_type, document.name),
		"backfill": backfill,
	}


def _waiting(name: str) -> int:
	"""How many of its events wait to be sent. Those in a batch that is worked off outside are, and hold up nobody, as long as
	the other system keeps up with them."""
	((waiting, under_way),) = frappe.db.sql(
		"SELECT COUNT(*), IFNULL(SUM(IFNULL(outcome, '') = 'batch_under_way'), 0) FROM `tabSync Log`"
		" WHERE backfill = %s AND due_at IS NOT NULL",
		name,
	)
	return waiting - min(int(under_way), UNDER_WAY)


def _save(name: str, **values) -> None:
	backfills.set_values(name, **values)
	row = frappe.db.get_value("Sync Backfill", name, ["status", "queued", "total", "progress"], as_dict=True)
	frappe.publish_realtime(
		"erp_connect_backfill",
		{"name": name, **row},
		doctype="Sync Backfill",
		docname=name,
		after_commit=True,
	)
