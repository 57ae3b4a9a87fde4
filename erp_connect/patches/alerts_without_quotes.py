"""Alerts that ended, and the last failures of accounts, as they were kept before: they quoted documents and the other system.

Open alerts say anew what is wrong within a minute.
"""

from erp_connect.operate.alerts.kinds import BREAKER, FAILED, HELD, PAUSED
from erp_connect.store import alerts, state


def execute() -> None:
	alerts.empty_messages((FAILED, HELD, PAUSED, BREAKER))
	state.empty_errors()
