"""Rules of an account about what answers mean, where records are fetched."""

from __future__ import annotations

from erp_connect.tests.bench.pull_case import OFFSET, PullCase


class TestAnswersOfASource(PullCase):
	def test_an_answer_that_means_nothing_is_there_ends_the_walk(self):
		self.serve(0, {"answer_rules": [{"verdict": "Nothing to do", "statuses": "404"}]})
		self.pulls(**OFFSET, pull_schedule="")
		self.flow.db_set("pull_path", "/nowhere")
		self.pull()
		self.assertEqual(self.cursor().status, "Idle")
