"""Which stored bytes are old by now, and which were repeated already."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery.replays import History, Recorded


def history(*events: str) -> History:
	"""Events by lines of `name status`, with `<name` for what it repeats, and the flags `edited`, `frozen`, `in`."""
	found = []
	for seq, line in enumerate(events):
		name, status, *rest = line.split()
		origin = next((word[1:] for word in rest if word.startswith("<")), "")
		found.append(
			Recorded(
				name,
				seq,
				status,
				outcome="nothing_changed" if "same" in rest else "",
				direction="Incoming" if "in" in rest else "Outgoing",
				frozen="frozen" in rest,
				replay_of=origin,
				edited="edited" in rest,
			)
		)
	return History(found)


@pytest.mark.parametrize(
	"events, newer",
	[
		(["a Failed"], None),
		(["a Failed", "b Failed"], None),
		(["a Failed", "b Delivered"], "b"),
		(["b Delivered", "a Failed"], None),
		(["a Failed", "b Queued"], "b"),
		(["a Failed", "b Failed frozen"], "b"),
		(["a Failed", "b Skipped"], None),
		(["a Failed", "b Skipped same"], "b"),
		(["a Failed", "b Cancelled"], None),
		(["a Failed", "b Superseded", "c Delivered <b"], "c"),
		(["a Failed", "b Delivered <a"], None),
		(["o Failed", "a Failed", "b Delivered <o"], None),
		(["a Failed", "b Delivered <a edited"], "b"),
		(["a Failed", "e Failed <a edited", "b Delivered <e"], "b"),
		(["a Failed", "b Processed in"], "b"),
		(["a Failed", "b Skipped in"], None),
		(["a Failed", "b Delivered <removed"], "b"),
	],
)
def test_newer(events, newer):
	assert history(*events).newer("a", ahead=True) == newer


@pytest.mark.parametrize("status", ["Queued", "Sending", "Retrying"])
def test_what_waits_does_not_count_as_sent(status):
	assert history("a Failed", f"b {status}").newer("a", ahead=False) is None


def test_the_newest_is_named():
	assert history("a Failed", "b Delivered", "c Delivered").newer("a", ahead=True) == "c"


@pytest.mark.parametrize(
	"events, repeated",
	[
		(["a Failed"], None),
		(["a Failed", "b Failed <a"], None),
		(["a Failed", "b Delivered <a"], "b"),
		(["a Failed", "b Queued <a"], "b"),
		(["a Failed", "b Failed <a", "c Delivered <b"], "c"),
		(["a Failed", "b Delivered"], None),
	],
)
def test_repeated(events, repeated):
	assert history(*events).repeated("a") == repeated


def test_a_family_is_the_first_and_all_that_repeat_it():
	family = history("a Failed", "b Failed <a", "c Failed <b", "d Failed <a", "e Failed")
	assert [family.family(name) for name in "abcde"] == [set("abcd")] * 4 + [{"e"}]
