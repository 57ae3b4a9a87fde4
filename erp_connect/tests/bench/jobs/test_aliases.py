"""Jobs that were queued by version 0.1 still run: their dotted paths lead somewhere, with the arguments they had."""

from __future__ import annotations

import inspect
from unittest.mock import patch

import frappe

from erp_connect.operate import sweep
from erp_connect.served import background
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

# Path and arguments as version 0.1 queued them.
QUEUED = (
	("erp_connect.outbound.drain.drain", {"account": make.ACCOUNT}),
	("erp_connect.outbound.sweep.sweep", {}),
	("erp_connect.outbound.backfill.run", {"backfill": "a-backfill"}),
	("erp_connect.inbound.process.process", {"account": make.ACCOUNT}),
	("erp_connect.inbound.bulk.run", {"job": "a-job"}),
	("erp_connect.pull.run.run", {"flow": "a-flow"}),
	("erp_connect.reconcile.run.run", {"name": "a-run"}),
)


class TestAliases(ConnectTestCase):
	def test_each_path_takes_the_arguments_it_had(self):
		for path, arguments in QUEUED:
			with self.subTest(path):
				inspect.signature(frappe.get_attr(path)).bind(**arguments)

	def test_a_drain_of_one_account_sends(self):
		make.account(self.receiver.url())
		make.brand_flow()
		make.brand()
		self.commit()
		frappe.get_attr("erp_connect.outbound.drain.drain")(account=make.ACCOUNT)
		self.assert_arrived(1)

	def test_what_moved_is_called_where_it_is_now(self):
		with patch.object(sweep, "sweep") as swept, patch.object(background, "run") as written:
			frappe.get_attr("erp_connect.outbound.sweep.sweep")()
			frappe.get_attr("erp_connect.inbound.bulk.run")(job="a-job")
		swept.assert_called_once_with()
		written.assert_called_once_with("a-job")
