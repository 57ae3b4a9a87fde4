"""Submits and cancels documents as the session's user could by hand: where a Workflow rules them, by its transitions.

Frappe's own `submit` and `cancel` put a document into the workflow's first state of that kind, whoever may approve. Never
commits.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model import workflow as workflows

from erp_connect.records.errors import HeldForReview

SUBMITTED, ENDED = "1", "2"


def submit(doc: Any) -> None:
	"""Submit an inserted document. Raises `HeldForReview` where its workflow does not let the user."""
	name = doc.meta.get_workflow()
	if not name:
		doc.submit()
		return
	workflow = workflows.get_workflow(doc.doctype)
	if _kinds(workflow).get(doc.get(workflow.workflow_state_field)) == SUBMITTED:
		doc.submit()
		return
	transition = _transition(doc, workflow, SUBMITTED)
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


def cancel(doc: Any) -> None:
	"""Cancel a submitted document. Raises `HeldForReview` where its workflow does not let the user."""
	name = doc.meta.get_workflow()
	if not name:
		doc.cancel()
		return
	workflow = workflows.get_workflow(doc.doctype)
	# As Desk does: where no transition cancels, whoever may edit a document in its state has the button for it.
	if workflows.can_cancel_document(doc.doctype):
		if _may_edit(doc, workflow):
			doc.cancel()
			return
	elif transition := _transition(doc, workflow, ENDED):
		workflows.apply_workflow(doc, transition.action)
		return
	raise HeldForReview(
		"{doctype} {name} is ruled by workflow {workflow}, in which user {user} may not cancel it in its state. Let a role"
		" of that user do so, or cancel it by hand; then {again}.",
		code="workflow",
		doctype=doc.doctype,
		name=doc.name,
		workflow=name,
		user=frappe.session.user,
	)


def begin_anew(doc: Any) -> None:
	"""Put an unsaved copy of a document into the first state of its workflow, as Amend in Desk does."""
	if doc.meta.get_workflow():
		doc.set(workflows.get_workflow(doc.doctype).workflow_state_field, None)


def is_approved(doctype: str) -> bool:
	"""Whether documents of a type are approved by a workflow: they are inserted as drafts, and submitted after that."""
	return bool(frappe.get_meta(doctype).get_workflow())


def _kinds(workflow: Any) -> dict[str, str]:
	"""State of a workflow → what documents are in it: drafts (0), submitted (1) or cancelled (2)."""
	return {row.state: row.doc_status for row in workflow.states}


def _may_edit(doc: Any, workflow: Any) -> bool:
	roles, state = frappe.get_roles(), doc.get(workflow.workflow_state_field)
	asked = [row.allow_edit for row in workflow.states if row.state == state]
	return not asked or any(role in roles for role in asked)


def _transition(doc: Any, workflow: Any, kind: str) -> Any | None:
	"""A transition that the user may take with the document, and that leads to a state of the kind."""
	user, states = frappe.session.user, _kinds(workflow)
	return next(
		(
			transition
			for transition in workflows.get_transitions(doc, workflow)
			if states.get(transition.next_state) == kind
			and workflows.has_approval_access(user, doc, transition)
		),
		None,
	)
