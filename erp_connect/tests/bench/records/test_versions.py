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
)
UNKNOWN = (
	("1.12.3", "1.13.1"),
	("31.12.2026", "01.01.2027"),
	("2-967a00dff5e02add", "10-aabb00dff5e02add"),
	('"33a64df5"', '"0815"'),
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
