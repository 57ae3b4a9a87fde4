"""What goes out of an account because of what happens here: the base of the tests of single calls."""

from __future__ import annotations

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class CallsCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def calls(self) -> list[tuple[str, str]]:
		"""Send what is due, and say what has arrived so far."""
		self.deliver()
		return [(request.method, request.path) for request in self.arrived()]
