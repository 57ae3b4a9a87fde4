"""Pausing and resuming an account, by a person or by the engine, with a word to those who look after it."""

from frappe import _

from erp_connect.calls.notices import tell_in_desk, with_reason
from erp_connect.jobs import doorbell
from erp_connect.store import accounts as store
from erp_connect.store import installation, outbox, state


def may_send(account: str) -> bool:
	"""Whether the account is enabled and not paused, and its user enabled, by what is committed now."""
	return account in sending([account])


def sending(names: list[str]) -> dict[str, str]:
	"""Those of some accounts that may send, by what is committed now, with the time of their last change."""
	return {} if installation.is_held() else store.switched_on(names)


def takes_in(account: str, user: str | None = None) -> bool:
	"""Whether what came in for an account may be written now, see `store.accounts.takes_in`."""
	return not installation.is_held() and store.takes_in(account, user)


def due_accounts() -> list[str]:
	"""Accounts that have something to send and are switched on; whether the installation is held does not count here."""
	return outbox.due_accounts(list(store.switched_on()))


def pause(account: str, reason: str) -> bool:
	"""Stop sending for `account`; changes go on being recorded. True when it was not paused before."""
	changed = store.pause(account, reason)
	if changed:
		tell_in_desk(account, with_reason(_("{0} was paused").format(account), reason), reason)
	return changed


def resume(account: str) -> None:
	"""Send again: what waited goes out in its order, within the account's rate."""
	store.resume(account)
	state.reset(account)
	doorbell.after_commit({account})


def tell_breaker_opened(account: str, failures: int, reason: str) -> None:
	subject = _("{0} fails: nothing is sent until a probe succeeds").format(account)
	tell_in_desk(
		account, with_reason(subject, reason), _("{0} failures in a row. Last: {1}").format(failures, reason)
	)
