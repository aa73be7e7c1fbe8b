"""Entries as they are not made any more, or as only whoever runs the server could write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflow import history
from workflow.history import log
from workflow.history.action import ACTIONS, Action
from workflow.models import Delivery


@dataclass
class Raw:
    """An entry of any kind."""

    NAME: str
    said: dict[str, Any]
    opened: dict[str, Any] | None = None

    def about(self) -> dict[str, Any]:
        return dict(self.said)

    def committed(self) -> dict[str, Any] | None:
        return self.opened


def step_of(mail: Delivery, trigger: str) -> Action:
    """A step of a mail by its trigger."""
    return ACTIONS[f"delivery.{trigger}"](delivery=mail.id, kind=mail.kind)


def record_as(monkeypatch, change) -> None:
    """Let every entry be recorded as `change(action, about, disclosed)` returns it: what it says, and commits to."""
    append = log.append

    def changed(session, letter_id, actor, action, at=None, **more):
        said, opened = change(action.NAME, action.about(), action.committed())
        return append(session, letter_id, actor, Raw(action.NAME, said, opened), at, **more)

    monkeypatch.setattr(history, "append", changed)
    monkeypatch.setattr(log, "append", changed)
