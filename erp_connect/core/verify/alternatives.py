"""Which of several ways of proof a request has to go, where a system proves what it sends in more than one.

Promises: a request goes one way or none. Where no condition holds, or those of two ways do, it is refused: nobody gets
to choose. Each way is good for topics of its own, which no other way proves, so that who can go the one cannot bring
what belongs to the other. Never looks at a secret.
"""

from __future__ import annotations

from erp_connect.core.parse.limits import InputError
from erp_connect.core.verify.conditions import all_hold
from erp_connect.core.verify.request import (
	MALFORMED,
	NO_WAY,
	WRONG_TOPIC,
	InboundRequest,
	VerificationError,
)
from erp_connect.core.verify.types import Scheme


def chosen(scheme: Scheme, request: InboundRequest) -> Scheme:
	"""The scheme that `request` has to be proved by: `scheme` itself, or the one of its alternatives that is for such.

	Raises VerificationError where there is none, or more than one.
	"""
	if not scheme.alternatives:
		return scheme
	try:
		fitting = [one.scheme for one in scheme.alternatives if all_hold(one.when, request)]
	except InputError:
		raise VerificationError(MALFORMED) from None
	if len(fitting) != 1:
		raise VerificationError(NO_WAY)
	return fitting[0]


def require_topic(scheme: Scheme, topic: str) -> None:
	"""Raises VerificationError for an event that `scheme` may not prove."""
	if scheme.topics and topic not in scheme.topics:
		raise VerificationError(WRONG_TOPIC)
