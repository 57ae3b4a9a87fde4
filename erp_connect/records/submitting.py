"""Submits documents as the session's user could by hand: where a Workflow approves them, by one of its transitions.

Frappe's own `submit` puts a document into the workflow's first submitted state, whoever may approve. Never commits.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model import workflow as workflows

from erp_connect.records.errors import HeldForReview

SUBMITTED = "1"


def submit(doc: Any) -> None:
	"""Submit an inserted document. Raises `HeldForReview` where its workflow does not let the user."""
	name = doc.meta.get_workflow()
	if not name:
		doc.submit()
		return
	workflow = workflows.get_workflow(doc.doctype)
	states = {row.state: row.doc_status for row in workflow.states}
	if states.get(doc.get(workflow.workflow_state_field)) == SUBMITTED:
		doc.submit()
		return
	transition = _transition(doc, workflow, states)
	if transition is None:
		raise HeldForReview(
			"{doctype} documents are approved by workflow {workflow}, in which user {user} may not submit this one. Let a "
			"role of that user take a transition to a submitted state, or have drafts made that a person approves: clear "
			'"{order}" in the account, for other records "{document}" in the flow. Then {again}.',
			code="workflow",
			doctype=doc.doctype,
			workflow=name,
			user=frappe.session.user,
			order=frappe._("Submit orders"),
			document=frappe._("Submit the document"),
		)
	if doc.meta.queue_in_background:  # Frappe would leave it to a job of its own
		doc.set(workflow.workflow_state_field, transition.next_state)
		doc.submit()
		return
	workflows.apply_workflow(doc, transition.action)


def is_approved(doctype: str) -> bool:
	"""Whether documents of a type are approved by a workflow: they are inserted as drafts, and submitted after that."""
	return bool(frappe.get_meta(doctype).get_workflow())


def _transition(doc: Any, workflow: Any, states: dict[str, str]) -> Any | None:
	"""A transition that the user may take with the document, and that submits it."""
	user = frappe.session.user
	return next(
		(
			transition
			for transition in workflows.get_transitions(doc, workflow)
			if states.get(transition.next_state) == SUBMITTED
			and workflows.has_approval_access(user, doc, transition)
		),
		None,
	)
