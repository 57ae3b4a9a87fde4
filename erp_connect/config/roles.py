"""The roles of this app."""

from __future__ import annotations

MANAGER = "Integration Manager"


USER = "Integration User"
