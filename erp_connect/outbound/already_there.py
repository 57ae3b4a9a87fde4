"""Whether what an event is to bring about is there already, at systems that know no keys for repeated requests.

An earlier try may have done it, whose answer was lost, or somebody else. The steps before the event's own request ask what
there is; which record of it may be this one, the flow says (*Already there*), and whether there is anything to do (*Only
if*). Before that request is made once more, they are asked again, whatever became of the last try: a worker may have died
with it.
"""

from __future__ import annotations

from typing import Any

from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.config.request_steps import IN_EXPRESSIONS, Step
from erp_connect.core.delivery.progress import Progress, progress_of
from erp_connect.core.values.ids import as_id
from erp_connect.outbound.request import MISSING_LINK
from erp_connect.store import sync_link
from erp_connect.store.sync_link import Link


def look_again(event: Any, flow: Flow) -> None:
	"""Let a claimed event that tried its own request before start with its first step, where that tells what is there; and
	one that waited for the id of another record, where all that was done was asking: meanwhile there is more to find.

	Its tries count on. What is stored of it changes with its next request.
	"""
	tried = (
		event.step
		and not progress_of(event.steps).rule
		and _looks(flow.rule(event.event, linked=False), event.step)
	)
	if tried or (event.outcome == MISSING_LINK and asks_anew(event, flow)):
		event.method = None
		event.steps = Progress(tries=max(0, event.attempts - 1)).to_text()


def _looks(rule: RequestRule | None, tried: str) -> bool:
	"""Whether the steps before an event's own request, which was tried, tell if it is still to be made."""
	# What was taken of a file in parts, the place where it goes tells: a new one would begin anew.
	if rule is None or rule.own.name != tried or rule.own.in_parts:
		return False
	if rule.own.existing:
		return True
	before = rule.steps[: rule.steps.index(rule.own)]
	asks = bool(before) and all(step.only_asks for step in before)
	return asks and rule.own.condition is not None and f"{IN_EXPRESSIONS}." in rule.own.condition.text


def asks_anew(event: Any, flow: Flow) -> bool:
	"""Whether all that was done of an event was asking, so that a Retry asks once more how things are."""
	progress = progress_of(event.steps)
	rule = flow.rule(event.event, linked=False)
	if not progress.answers or progress.rule or rule is None:
		return False
	steps = {step.name: step for step in rule.steps}
	return all(name in steps and steps[name].only_asks and not steps[name].own for name in progress.answers)


def is_linked(rule: RequestRule, link: Link | None) -> bool:
	"""Whether a request that never creates twice has nothing to create."""
	return bool(rule.own.existing and link and link.external_id)


def found(flow: Flow, account: Account, step: Step, said: dict, link: Link | None) -> str | None:
	"""The id of the record that is there already; None where it has to be made. said: with the answers so far.

	Raises `ConnectError` where the expression does not fit the answers.
	"""
	if step.existing is None:
		return None
	if link and link.external_id:
		return link.external_id  # linked meanwhile: it came in, say
	value = step.existing.search(said)
	offered = value if isinstance(value, list) else [value]
	ids = [found for one in offered if (found := as_id(one)) is not None]
	taken = sync_link.linked_ids(account.name, flow.remote_entity, ids)
	return next((one for one in ids if one not in taken), None)
