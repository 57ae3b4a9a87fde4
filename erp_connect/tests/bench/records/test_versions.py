"""Which of two versions is older, as records and orders ask it: what cannot be told is never called older."""

from __future__ import annotations

from erp_connect.records.identity import is_older
from erp_connect.tests.base import SiteTestCase

OLDER = (
	("9", "10"),
	("2026-11-26T12:00:00Z", "2026-11-26T12:00:01Z"),
	("Tue, 03 Jun 2008 11:05:30 GMT", "Wed, 04 Jun 2008 11:05:30 GMT"),
	("rev-9", "rev-10"),
	("1700000000000-1", "1700000000000-2"),
	("v1.9", "v1.10"),
	# More digits than a float has: row versions, ticks, snowflakes, nanoseconds.
	("9007199254740992", "9007199254740993"),
	("638000000000000001", "638000000000000002"),
	("1e+16", "2e+16"),
	("2026-11-26T12:00:00.123456788Z", "2026-11-26T12:00:00.123456789Z"),
	# One way of writing by webhooks, another one by pulls.
	("2026-11-26T12:00:00Z", "2026-11-26 13:00:00"),
	("2026-11-26 12:00:00", "2026-11-26T13:00:00+00:00"),
	("1795694400", "2026-11-26T13:20:01Z"),
)
UNKNOWN = (
	("1.12.3", "1.13.1"),
	("31.12.2026", "01.01.2027"),
	("2-967a00dff5e02add", "10-aabb00dff5e02add"),
	('"33a64df5"', '"0815"'),
	# Checksums that look like numbers.
	("12e45", "5e10"),
	("nan", "5"),
	("5", "inf"),
	("1_0", "5"),
	("2026-11-26", "2026-11-26T01:00:00Z"),
)


class TestVersions(SiteTestCase):
	def test_what_grows_is_older_before(self):
		for older, newer in OLDER:
			with self.subTest(older):
				self.assertTrue(is_older(older, newer))
				self.assertFalse(is_older(newer, older))

	def test_what_has_no_order_is_never_older(self):
		for one, other in UNKNOWN:
			with self.subTest(one):
				self.assertFalse(is_older(one, other))
				self.assertFalse(is_older(other, one))

	def test_times_with_and_without_an_offset_are_compared_in_the_zone_of_the_account(self):
		self.assertTrue(is_older("2026-11-26T12:00:00Z", "2026-11-26 13:00:01", "Europe/Berlin"))
		self.assertFalse(is_older("2026-11-26T12:00:00Z", "2026-11-26 12:59:59", "Europe/Berlin"))
		self.assertTrue(is_older("2026-11-26 12:59:59", "2026-11-26T12:00:00Z", "Europe/Berlin"))

	def test_in_the_hour_that_comes_twice_what_may_be_later_is_not_older(self):
		zone = "Europe/Berlin"
		self.assertFalse(is_older("2026-10-25 02:50:00", "2026-10-25T01:10:00Z", zone))
		self.assertTrue(is_older("2026-10-25 02:05:00", "2026-10-25T01:10:00Z", zone))
		self.assertFalse(is_older("2026-10-25T00:20:00Z", "2026-10-25 02:10:00", zone))
