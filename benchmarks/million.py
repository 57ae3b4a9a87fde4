"""The log with a million rows: what a person waits for, what a worker does, and how it gets smaller again."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from statistics import median

import frappe
import in_browser
from surroundings import ACCOUNT, FLOW, USER

from erp_connect import compat
from erp_connect.config import account as accounts
from erp_connect.outbound import claim as claiming
from erp_connect.store import retention

CHUNK = 50_000
OLD_SHARE = 20  # one row in so many is older than what retention keeps
KEEP_DAYS = 30
# What the rows speak of: the list is for a user who may read only these, which is the harder case.
TODOS = 10_000
# Of 100 rows: delivered, failed, waiting for a later try, due now.
FILL = """
INSERT INTO `tabSync Log` (name, creation, modified, owner, modified_by, direction, status, integration,
	field_mapping, event, reference_doctype, reference_name, order_key, due_at, attempts, idempotency_key, trace_id,
	method, path, operation, request_body, content_type)
SELECT CONCAT('m', n), made, made, %(user)s, %(user)s, 'Outgoing',
	CASE WHEN kind = 1 THEN 'Failed' WHEN kind = 2 THEN 'Retrying' WHEN due THEN 'Queued' ELSE 'Delivered' END,
	%(account)s, %(flow)s, 'update', 'ToDo', CONCAT('todo', 1 + MOD(n DIV 100, %(documents)s)), SHA1(CONCAT('todo', n)),
	CASE WHEN kind = 2 THEN UNIX_TIMESTAMP() + 86400 WHEN due THEN UNIX_TIMESTAMP() END,
	1, CONCAT('m', n), CONCAT('m', n), 'PUT', CONCAT('/todos/', n), 'Update', %(body)s, 'application/json'
FROM (
	SELECT seq AS n, MOD(seq, 100) AS kind, MOD(seq, 1000) = 3 AS due,
		NOW() - INTERVAL IF(MOD(seq, %(old)s) = 0, 60, 1) DAY + INTERVAL MOD(seq, 80000) SECOND AS made
	FROM seq_{first}_to_{last}
) numbers
"""
DOCUMENTS = """
INSERT INTO `tabToDo` (name, creation, modified, owner, modified_by, description, status, allocated_to)
SELECT CONCAT('todo', seq), NOW(), NOW(), %(user)s, %(user)s, 'Measurement', 'Open', %(user)s
FROM seq_1_to_{last}
"""
ATTEMPTS = """
INSERT INTO `tabSync Attempt` (name, creation, modified, owner, modified_by, sync_log, integration, attempt, url,
	request_body, response_body)
SELECT name, creation, modified, owner, modified_by, name, integration, 1, path, request_body, '{{"id": "1"}}'
FROM `tabSync Log` WHERE creation < NOW() - INTERVAL %(days)s DAY
"""


@dataclass(frozen=True)
class Results:
	rows: int
	list_seconds: float
	browser: in_browser.Seconds | None
	claim_milliseconds: float
	claim_index: str
	purged_per_second: float


def measure(rows: int) -> Results:
	"""Fill the log, then measure. Needs the account and the flow to be there."""
	fill(rows)
	list_seconds = median(_list_seconds() for _ in range(5))
	browser = in_browser.measure(frappe.local.site, USER)
	index = _index_of_claim()
	claims = median(_claim_milliseconds() for _ in range(5))
	return Results(rows, list_seconds, browser, claims, index, _purge())


def fill(rows: int) -> None:
	values = {
		"user": USER,
		"account": ACCOUNT,
		"flow": FLOW,
		"old": OLD_SHARE,
		"days": KEEP_DAYS,
		"documents": TODOS,
		"body": json.dumps({"name": "a1b2c3d4e5", "text": "Measurement", "state": "Open"}),
	}
	frappe.db.sql(DOCUMENTS.format(last=TODOS), values)
	for first in range(1, rows + 1, CHUNK):
		frappe.db.sql(FILL.format(first=first, last=min(first + CHUNK - 1, rows)), values)
		frappe.db.commit()  # one transaction of a million rows would measure the undo log
	frappe.db.sql(ATTEMPTS.format(), values)
	frappe.db.commit()  # as above
	frappe.db.sql_ddl("ANALYZE TABLE `tabSync Log`, `tabSync Attempt`")


def _list_seconds() -> float:
	"""What opening the list of failed events of an account asks for, as an ordinary user of the app."""
	filters = {"status": "Failed", "integration": ACCOUNT}
	fields = [
		"name",
		"status",
		"integration",
		"field_mapping",
		"event",
		"reference_name",
		"attempts",
		"creation",
	]
	frappe.set_user(USER)
	try:
		start = time.perf_counter()
		found = frappe.get_list(
			"Sync Log", filters=filters, fields=fields, order_by="creation desc", limit=20
		)
		compat.count_list("Sync Log", filters)
		elapsed = time.perf_counter() - start
	finally:
		frappe.set_user("Administrator")
	if len(found) != 20:
		raise RuntimeError(f"the list shows {len(found)} rows, not 20")
	return elapsed


def _index_of_claim() -> str:
	"""The index by which MariaDB finds the candidates of a claim."""
	plan = frappe.db.sql(
		"EXPLAIN SELECT order_key FROM `tabSync Log` WHERE integration = %s AND due_at <= UNIX_TIMESTAMP()"
		" AND direction = 'Outgoing' ORDER BY due_at, seq LIMIT 100 FOR UPDATE SKIP LOCKED",
		ACCOUNT,
		as_dict=True,
	)
	return plan[0].key or "none"


def _claim_milliseconds() -> float:
	"""One claim of 100 events, with all its statements and its commit."""
	account = accounts.load(ACCOUNT)
	start = time.perf_counter()
	taken = claiming.claim(account, "benchmark", 100)
	elapsed = time.perf_counter() - start
	if len(taken.events) != 100:
		raise RuntimeError(f"{len(taken.events)} events were claimed, not 100")
	# As if their worker had been so long ago that the next claim is not held back by it.
	frappe.db.sql(
		"UPDATE `tabSync Log` SET status = 'Delivered', due_at = NULL, claim_token = NULL WHERE claim_token = %s",
		taken.token,
	)
	frappe.db.commit()  # the next claim begins like this one
	return elapsed * 1000


def _purge() -> float:
	start = time.perf_counter()
	removed = retention.clear(KEEP_DAYS)
	return removed / (time.perf_counter() - start)
