"""How a preset says that a system takes many requests as one batch, works it off by and by, and tells what came of each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from erp_connect.core.presets.part import Jmespath, Part, Text


class Batches(Part):
	"""Many requests as one batch that the system works off later.

	operation: one request as an entry of the batch, made of its `key`, `method`, `path` (below the base URL), `query` (an
	object, null without one) and `body` (a text, null without one), of which nulls are left out; `list` is where the entries go in the body. most: entries
	of one batch. id: of the batch, in the answer. poll: where it is asked for, by `{id}`; done: whether it is worked off;
	file: the address of the results in that answer, JSON or an archive (tar, gzip) of JSON files. results: all of them, in the
	list of what these files hold; key, status and answer: of one result. every: seconds between the first questions. hours:
	after which a batch is given up.
	"""

	method: Literal["POST", "PUT"] = "POST"
	path: Text
	list: Text
	operation: Jmespath = Field(min_length=1)
	most: int = Field(500, ge=2, le=1000)
	id: Jmespath = Field(min_length=1)
	poll: Text
	done: Jmespath = Field(min_length=1)
	file: Jmespath = Field(min_length=1)
	results: Jmespath = "[]"
	key: Jmespath = Field(min_length=1)
	status: Jmespath = Field(min_length=1)
	answer: Jmespath = Field(min_length=1)
	every: int = Field(10, ge=1, le=3600)
	hours: int = Field(24, ge=1, le=240)
