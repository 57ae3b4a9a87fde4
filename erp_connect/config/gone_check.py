"""What can be found wrong with what a flow says of records that are gone, in words for the person who saves it."""

from __future__ import annotations

from collections.abc import Iterator

from frappe import _

from erp_connect.config.disabling import switch_of
from erp_connect.config.inflow import TELL_DELETIONS, InFlow


def problems(doc, flow: InFlow) -> Iterator[str]:
	"""Messages about a Field Mapping that receives. flow: what is made of it."""
	if not (doc.gone_expression or "").strip():
		return
	if flow.purpose not in TELL_DELETIONS:
		yield _(
			"Gone outside if counts for documents and customers. Clear it: what follows an order has a flow of its own, such "
			"as a Cancellation."
		)
	elif not (flow.external_id or flow.gone_id):
		yield _(
			"Enter External id in the record or Id of what is gone (tab Incoming): without it, nothing tells which record is gone."
		)
	if flow.on_gone == "Disable" and not switch_of(doc.document_type):
		yield _(
			"{0} has no field by which it is disabled. Choose Report or Delete for What is gone outside."
		).format(doc.document_type)
