"""What is wrong with the headers and parameters of a flow's requests, and with what it is to remember of answers."""

from __future__ import annotations

from collections.abc import Iterator

from frappe import _

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.answer_place import AnswerPlace, place_from
from erp_connect.core.expressions.parameters import HEADER, HEADER_NAME
from erp_connect.core.expressions.text_template import check_text
from erp_connect.messages import say, translate
from erp_connect.transport.messages import OWN_HEADERS

# What proves who is calling is the account's matter, where it is kept as a secret.
CREDENTIALS = frozenset({"authorization", "cookie"})
PLACES = ("answer_version_expression", "answer_etag_expression", "inbound_etag_expression")


def problems(doc, schema: dict) -> Iterator[str]:
	"""Messages about a Field Mapping. schema: of what templates may name."""
	if doc.direction != "Incoming":
		for row in doc.request_parameters:
			place = _("Headers and parameters, row {0}").format(row.idx)
			yield from (f"{place}: {text}" for text in _parameter_problems(row, schema))
	places: dict[str, AnswerPlace | None] = {}
	for fieldname in PLACES:
		try:
			places[fieldname] = place_from(doc.get(fieldname))
		except ConnectError as error:
			yield f"{_(doc.meta.get_label(fieldname))}: {translate(error)}"
	yield from _etag_problems(doc, places)


def _parameter_problems(row, schema: dict) -> Iterator[str]:
	name = (row.key or "").strip()
	if not name:
		yield _("The parameter has no name.")
	elif row.place == HEADER and not HEADER_NAME.fullmatch(name):
		yield _("{0} is not the name of a header.").format(name)
	elif row.place == HEADER and name.lower() in OWN_HEADERS:
		yield _("The header {0} is set by the connection itself. Remove the row.").format(name)
	elif row.place == HEADER and name.lower() in CREDENTIALS:
		yield _(
			"Remove the row {0}: credentials are entered in the account, where they are kept secret."
		).format(name)
	for problem in check_text(row.value or "", schema):
		yield say(problem)


def _etag_problems(doc, places: dict[str, AnswerPlace | None]) -> Iterator[str]:
	version, answer, record = (places.get(fieldname) for fieldname in PLACES)
	if version and version.header.lower() == "etag":
		yield _(
			"Version in the answer: an ETag does not tell what is newer. Enter it as ETag in the answer (tab Answer)."
		)
	if record and record.header and not (doc.fetch_path or "").strip():
		yield _(
			"ETag in the record: a header belongs to a single record. Enter Address of a single record (tab Pull), or "
			"where the record itself holds its ETag."
		)
	if not (answer or record) and any("_link.etag" in (row.value or "") for row in doc.request_parameters):
		yield _(
			"Headers and parameters use the ETag of the record, but nothing says where it is found. Enter ETag in the "
			"answer (tab Answer), or ETag in the record (tab Incoming)."
		)
