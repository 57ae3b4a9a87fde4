"""A form in parts (multipart/form-data), for files beside the other fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from urllib3.filepost import encode_multipart_formdata


def multipart(
	fields: Sequence[tuple[str, str]], files: Mapping[str, tuple[str, str]], boundary: str
) -> tuple[bytes, str]:
	"""The body and its content type. fields: (name, text). files: texts that stand for a file, each with its name and MIME
	type; a field that holds one becomes a part of its own with the name of the file. boundary: in none of the values."""
	parts = [
		(name, (files[text][0], text, files[text][1]) if text in files else text) for name, text in fields
	]
	return encode_multipart_formdata(parts, boundary)
