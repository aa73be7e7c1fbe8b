"""The flask command line: letters, their history, the database, the service itself, the demo."""

from __future__ import annotations

from importlib import import_module

import click
from flask.cli import AppGroup

MODULES = {
    "letter": "letters",
    "history": "history",
    "db": "service",
    "doctor": "doctor",
    "mail": "mail",
    "erase": "erasure",
    "hold": "erasure",
    "keys": "keys",
    "start": "service",
    "worker": "service",
    "user": "service",
    "member": "members",
    "version": "service",
    "demo": "demo",
}
"""In which module each command is: it is imported when the command is called, so a web process never loads them."""


class Commands(AppGroup):
    """The product's commands, as `app.cli`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *MODULES})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in MODULES:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(f"workflow.commands.{MODULES[cmd_name]}"), cmd_name)
        return found
