"""Base of the models that describe what the API takes and gives."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
	"""Unknown fields are an error: a misspelt name is told, not lost."""

	model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
