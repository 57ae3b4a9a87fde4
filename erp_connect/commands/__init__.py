"""`bench --site SITE erp-connect …`: what Desk does, for scripts and for those at a console.

Exit codes: 0 all is well, 1 something is wrong or was refused, 2 the command was not understood.
"""

from __future__ import annotations

import click


class Commands(click.Group):
	"""The commands, imported when they are asked for: `bench` loads this module whatever it is called for."""

	def list_commands(self, ctx: click.Context) -> list[str]:
		return sorted(self._found())

	def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
		return self._found().get(cmd_name)

	def _found(self) -> dict[str, click.Command]:
		from erp_connect.commands import accounts, events, exemptions, flows, validate

		every = (
			*accounts.COMMANDS,
			*flows.COMMANDS,
			*events.COMMANDS,
			*exemptions.COMMANDS,
			*validate.COMMANDS,
		)
		return {command.name: command for command in every}


@click.command("erp-connect", cls=Commands)
def erp_connect() -> None:
	"""Accounts, flows and events of ERP Connect."""


# What Frappe looks for in an app.
commands = [erp_connect]
