"""The kinds of problems, as they stand in the choices of Sync Alert."""

FAILED, HELD, WAITING, BACKLOG, REFUSED, DIFFERENCES = (
	"Failed events", "Waiting for a person", "Late", "Backlog grows", "Requests fail", "Differences found",
)  # fmt: skip
PAUSED, BREAKER = "Paused", "Breaker open"
ENDING, ENDED, TO_RENEW = "Credentials end soon", "Credentials ended", "Secrets to renew"
WEBHOOKS, NOT_PROVED, SUNSET = "Webhooks not registered", "Webhooks refused", "API version ends"
# Of the whole site, and of no account.
SCHEDULER, WORKERS = "Scheduler stopped", "No background worker"
# Those of which the engine tells in Desk the moment they begin.
TOLD_AT_ONCE = frozenset({PAUSED, BREAKER, SCHEDULER, WORKERS})
