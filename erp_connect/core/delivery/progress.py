"""How far an event has come that is sent in several requests, and what their answers said.

Pure values: a request that is known to have succeeded is never asked for again, whatever becomes of the ones after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from erp_connect.core.errors import ConfigurationError, Whole

# The name of the event's own request among its steps, unless it is given another one.
OWN = "request"
KEY_LENGTH = 32


@dataclass(frozen=True)
class Progress:
	"""answers: of the steps that succeeded, by their names, in the order in which they were sent.

	rule: event of the row of Requests whose steps these are, once its own request succeeded: an insert stays one,
	although the record is linked from then on. state_hash: what that request told of the document. tries: of that request,
	before it was looked once more whether the record is there. taken: bytes of the file that goes out in parts, as far as the
	other side has them. batch: id of the batch that carries the request and is worked off outside, since: when it was given
	there (of the clock, in seconds).
	"""

	answers: Mapping[str, Any] = field(default_factory=dict)
	rule: str = ""
	state_hash: str | None = None
	tries: int = 0
	taken: int = 0
	batch: str = ""
	since: float = 0

	def after(self, step: str, answer: Any) -> Progress:
		"""Once one more step has succeeded."""
		return replace(self, answers={**self.answers, step: answer})

	def to_text(self) -> str:
		return json.dumps(
			{
				"answers": self.answers,
				"rule": self.rule,
				"state_hash": self.state_hash,
				"tries": self.tries,
				"taken": self.taken,
				"batch": self.batch,
				"since": self.since,
			}
		)

	def remaining(self, names: Sequence[str]) -> list[str]:
		"""Those of an event's steps that come after the last one that succeeded.

		A step before it that was left out stays left out. Raises `ConfigurationError` where the steps were changed so that
		nobody can tell which ones are left.
		"""
		places = [place for place, name in enumerate(names) if name in self.answers]
		if self.rule and not places:
			raise ConfigurationError(
				"The flow was changed since the steps {steps} were done, and none of them is there any more. Give their rows "
				"in Requests these names again and press Retry, or press Skip.",
				code="steps_changed",
				steps=Whole(", ".join(self.answers)),
			)
		return list(names[places[-1] + 1 :]) if places else list(names)


def progress_of(text: str | None) -> Progress:
	"""What `Progress.to_text` wrote; of an event that was not begun, nothing."""
	return Progress(**json.loads(text)) if text else Progress()


def key_of_step(key: str, step: str, tries: int = 0) -> str:
	"""The idempotency key of one step of the event with the key `key`: always the same one, and no other step's.

	tries: of the event's own request before the step is asked once more: that is another question.
	"""
	again = f"\n{tries}" if tries else ""
	return hashlib.sha256(f"{key}\n{step}{again}".encode()).hexdigest()[:KEY_LENGTH]
