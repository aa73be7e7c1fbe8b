"""How every page of staff acts: whoever asks may, one transaction, a word of it, and back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from workflow import accounts, history
from workflow.errors import NotFoundError
from workflow.languages import Words
from workflow.models import Letter, User
from workflow.pages.context import reader, writer
from workflow.pages.i18n import translate
from workflow.pages.staff.account import staff

Answer = str | tuple[str, int] | Response


def seen(letter_id: str) -> Letter:
    """Return a letter for whoever may read it; raises `NotFoundError` for anybody else."""
    return accounts.letter_for(reader(), staff(reader()), letter_id, "auditor")


def mine(letter_id: str) -> Letter:
    """Return a letter for its coordinators; raises `NotFoundError` for anybody else, and for one that was erased."""
    found = accounts.letter_for(reader(), staff(reader()), letter_id, "coordinator")
    if found.erased_at is not None:
        raise NotFoundError("This letter was erased. Only its history is left.")
    return found


def member_for(letter_id: str) -> User:
    """Return whoever asks, when they may act on this letter; raises `NotFoundError` for anybody else."""
    user = staff(reader())
    accounts.letter_for(reader(), user, letter_id, "coordinator")
    return user


def act(do: Callable[..., Any], letter_id: str, *given: Any, **named: Any) -> Any:
    """
    Do one act on a letter, in one transaction, as the coordinator who asks, and return what it returns.

    The reading session ends before. Raises `NotFoundError` for anybody who may not act, and what the act raises.
    """
    actor = history.coordinator(member_for(letter_id).id)
    with writer() as session:
        return do(session, letter_id, *given, actor=actor, **named)


def back(letter_id: str, said: Words = "", anchor: str = "", to: str = "letter.show", **more: Any) -> Response:
    """Lead back to a letter's page, or to `to`, and say there what was done: at the anchor, where there is one."""
    if said:
        flash(str(translate(said)), f"done at-{anchor}" if anchor else "done")
    return redirect(url_for(to, letter_id=letter_id, _anchor=anchor or None, **more), 303)
