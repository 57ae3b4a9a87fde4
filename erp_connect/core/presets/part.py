"""What every part of a preset is made of: a closed set of named values, none of which changes once it was read."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression


def _compiles(text: str) -> str:
	try:
		if text:
			compile_expression(text)
	except ConnectError as error:
		raise ValueError(str(error)) from None
	return text


# The name of an input, of a way to authenticate: something that an address or an expression can name.
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Address = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]
# An expression over an answer; empty for none.
Jmespath = Annotated[str, AfterValidator(_compiles)]
# A value of an account's field.
Value = str | int | float


class Part(BaseModel):
	"""Refuses what it does not know, so that a misspelt name shows."""

	model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
