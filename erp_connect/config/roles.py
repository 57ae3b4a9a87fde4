"""The roles of this app."""

from __future__ import annotations

MANAGER = "Integration Manager"
USER = "Integration User"
# Who may configure accounts and flows, and start jobs.
MANAGERS = (MANAGER, "System Manager")
