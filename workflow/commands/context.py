"""What the commands share: a letter by the start of its id, errors as sentences."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import select

from emails.errors import HeaderError
from workflow.errors import ConflictError, IncomingError, NotAsSignedError, NotFoundError, RefusedError
from workflow.history import Actor
from workflow.models import Letter
from workflow.transaction import Transaction
from workflow.trouble import in_words

P = ParamSpec("P")
R = TypeVar("R")

OPERATOR = Actor("coordinator", "command line")
"""Whoever may run commands on the server acts as the coordinator; the record says that it was from there."""


class CommandError(click.ClickException):
    """What the one who calls can mend: one sentence and exit code 2, without the usage that click adds to its own."""

    exit_code = 2


def sentences(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that a person can act on into a sentence and exit code 2."""

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except click.ClickException:
            raise
        except (RefusedError, ConflictError, NotFoundError, IncomingError, HeaderError, NotAsSignedError) as error:
            raise CommandError(str(error)) from error
        except Exception as error:
            said = in_words(error)
            if said is None and isinstance(error, OSError) and error.filename:
                said = f"{error.filename}: {error.strerror}."
            if said is None:
                raise
            raise CommandError(said) from error

    return told


def find_letter(session: Transaction, start: str) -> Letter:
    """Return the letter whose id begins so; raises with what to do when there is none, or more than one."""
    return session.get_one(Letter, find_letter_id(session, start))


def find_letter_id(session: Transaction, start: str) -> str:
    """Return the whole id of a letter, and read nothing else of it; raises like `find_letter`."""
    found = session.scalars(
        select(Letter.id).where(Letter.id.startswith(start.lower(), autoescape=True)).limit(2)
    ).all()
    if not found:
        raise CommandError(f"There is no letter {start}. `flask letter list` lists them all.")
    if len(found) > 1:
        raise CommandError(f"More than one letter begins with {start}. Enter more of its id.")
    return found[0]
