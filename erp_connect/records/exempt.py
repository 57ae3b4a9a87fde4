"""What a person took out of what an account sends or writes, in words, and whether it holds for what comes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from frappe import _
from frappe.utils import format_date

from erp_connect.config.inflow import InFlow
from erp_connect.core.delivery.states import IN
from erp_connect.store import exemptions
from erp_connect.store.exemptions import PIN_HERE, PIN_OUTSIDE, SKIP, Exemption

# Outcome of an event that was skipped for it.
OUTCOME = exemptions.OUTCOME
# So many are read at once for all records of a call; where more are decided, each record asks for its own document.
AT_ONCE = 500
# What was read for the records of a call: (account, DocType, flow) → by document.
_ahead: ContextVar[dict[tuple[str, str, str], dict[str, Exemption]] | None] = ContextVar(
	"erp_connect_exempt_ahead", default=None
)
WORDS = {
	SKIP: "{0} skipped this document on {1}: nothing is sent, and nothing that comes in is written.",
	PIN_HERE: "{0} pinned this document here on {1}: nothing that comes in is written.",
	PIN_OUTSIDE: "{0} pinned this document outside on {1}: nothing is sent.",
}


def told(exemption: Exemption) -> str:
	"""Who decided what, when and why, and how it is taken back."""
	back = _("To take that back, choose Skip or Pin… in the menu of the document.")
	return f"{decided(exemption)} {back}"


def decided(exemption: Exemption) -> str:
	"""Who decided what, when and why."""
	text = _(WORDS[exemption.rule]).format(exemption.by, format_date(exemption.since))
	if not exemption.reason:
		return text
	return " ".join([text, _("Reason: {0}").format(exemption.reason)])


@contextmanager
def ahead(flow: InFlow) -> Iterator[None]:
	"""Inside the block, which writes many records of a flow in one transaction, what is decided is asked for once."""
	found = exemptions.all_stopping(IN, flow.account, flow.document_type, flow.name, AT_ONCE)
	token = _ahead.set(None if found is None else {_key(flow): found})
	try:
		yield
	finally:
		_ahead.reset(token)


def _key(flow: InFlow) -> tuple[str, str, str]:
	return flow.account, flow.document_type, flow.name


def of_incoming(flow: InFlow, *names: str | None) -> Exemption | None:
	"""Why what comes in for a document is not written; None where it is. names: the document may be called each of them."""
	known = [str(name) for name in names if name]
	found = (_ahead.get() or {}).get(_key(flow))
	if found is None:
		found = exemptions.stopping(IN, flow.account, flow.document_type, known, flow.name)
	return next((found[name] for name in known if name in found), None)


def unwritten(flow: InFlow, name: str | None) -> str:
	"""As `of_incoming`, in words."""
	exemption = of_incoming(flow, name)
	return told(exemption) if exemption else ""
