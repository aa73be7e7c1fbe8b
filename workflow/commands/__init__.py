"""The flask command line: letters, their history, the database, the service itself, the demo."""

from __future__ import annotations

from flask import Flask

from workflow.commands import demo, history, letters, service


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(letters.letter)
    app.cli.add_command(history.history)
    app.cli.add_command(service.db)
    for command in (service.doctor, service.start, service.worker, service.user, demo.demo):
        app.cli.add_command(command)
