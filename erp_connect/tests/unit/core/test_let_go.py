"""What an error holds in memory once it is seen to: nothing of the work that it ended."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from erp_connect.core.errors import ConnectError, let_go
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify.request import VerificationError
from erp_connect.core.verify.signature import usable_keys


class Batch:
	"""Something large."""


@pytest.fixture(autouse=True)
def without_collection() -> Iterator[None]:
	"""Only what nothing holds is freed."""
	gc.collect()
	gc.disable()
	yield
	gc.enable()


def kept_and_raised_again() -> tuple[Exception, weakref.ref]:
	batch = Batch()
	try:
		try:
			raise KeyError("first")
		except KeyError as error:
			raise ConnectError("second") from error
	except ConnectError as error:
		kept = error
	try:
		raise kept
	except ConnectError:
		return kept, weakref.ref(batch)


def test_an_error_that_was_kept_holds_the_work_until_it_is_let_go():
	error, batch = kept_and_raised_again()
	assert batch() is not None
	let_go(error)
	assert batch() is None
	assert error.__cause__ is not None


def test_errors_that_lead_round_in_a_circle_are_let_go_once():
	one, other = ValueError("one"), ValueError("other")
	one.__context__, other.__context__ = other, one
	let_go(one)
	let_go(None)


def test_a_key_that_cannot_be_used_holds_nothing():
	def make(_text: str) -> None:
		raise VerificationError("bad_secret")

	def work() -> weakref.ref:
		batch = Batch()
		try:
			usable_keys([Secret("s")], make)
		except VerificationError:
			return weakref.ref(batch)
		raise AssertionError

	assert work()() is None
