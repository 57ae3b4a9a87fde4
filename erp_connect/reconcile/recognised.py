"""Links documents with the records that a comparison recognised by match keys and found equal.

Otherwise the next change here, or Send Existing Documents, would make each a second time outside. Only of flows that
create outside, and only where no other record is recognised as the same document; what differs is for a person, or for a
pull. Never commits.
"""

from __future__ import annotations

from erp_connect.config.inflow import DOCUMENT
from erp_connect.core.delivery.states import OUT
from erp_connect.reconcile import inside
from erp_connect.reconcile.sides import Sides
from erp_connect.records import document
from erp_connect.store import exemptions, manual_links, sync_difference, sync_link
from erp_connect.store.bindings import LinkConflict


def link(sides: Sides, run: str, names: list[str]) -> None:
	"""Link those of some documents that one record outside is equal to. The walk has seen all records by now."""
	if not sides.creates_outside or sides.inward.purpose != DOCUMENT:
		return
	account, entity = sides.account.name, sides.inward.remote_entity
	linked = sync_link.find_many(account, entity, sides.doctype, names)
	equal = sync_difference.equal(run, [name for name in names if name not in linked])
	if not equal:
		return
	exempt = exemptions.stopping(OUT, account, sides.doctype, list(equal), sides.flow)
	for name, doc in document.load_many(sides.doctype, list(equal)).items():
		if str(name) in exempt or inside.wanted_outside(sides, doc, None) != (True, ""):
			continue
		try:
			manual_links.add(account, entity, equal[str(name)], sides.doctype, str(name))
		except LinkConflict:
			continue  # linked with something else since then, which the next comparison sees
