"""Static check of one expression against the fields of a DocType. Never raises for user input, never reads a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.shapes import Checker
from erp_connect.core.problems import Problem, from_error


def check_expression(text: str, schema: Mapping[str, Any]) -> list[Problem]:
	"""What is wrong with one expression: that it cannot be read, unknown fields, tables misused."""
	try:
		expression = compile_expression(text)
	except ConnectError as error:
		return [from_error(error)]
	return Checker().run(expression, schema)[1]
