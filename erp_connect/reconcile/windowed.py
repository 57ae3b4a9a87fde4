"""All records of a source, in windows where it only answers for a time of limited length."""

from __future__ import annotations

from erp_connect.core.errors import ConfigurationError
from erp_connect.pull.in_windows import InWindows
from erp_connect.pull.source import Source


def whole(source: Source) -> Source | InWindows:
	"""A way to all records: in windows where the flow says that comparisons need them, else as pulls ask.

	Raises `ConfigurationError` for a flow that says so without its oldest record.
	"""
	pull = source.pull
	if not pull.compares_in_windows:
		return source
	if pull.windows is None or not pull.windows.oldest:
		raise ConfigurationError(
			"Flow {flow} is to be compared in windows. Enter Days in a window at most and Oldest record on its tab Pull, "
			"so that it is known from when on.",
			code="no_windows",
			flow=pull.flow,
		)
	return InWindows(source, pull.windows)
