"""The server’s clock and its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow.history.action import Action, action
from workflow.languages import marked


@action("clock.jumped", "setting", "The server’s clock was set by hand or put right")
class ClockJumped(Action):
    seconds: int
    """By how much it was suddenly ahead of the time that had gone by; less than nothing: behind."""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say in which direction."""
        ahead, back = marked("The server’s clock jumped ahead"), marked("The server’s clock jumped back")
        return ahead if about.get("seconds", 0) > 0 else back


@action("key.changed", "setting", "Replaced the key that signs this history")
class KeyChanged(Action):
    from_: str
    to: str
    lost: bool

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say whether the old key had a part in it."""
        lost = marked("Said that this history’s key is lost: a new one signs from here on")
        return lost if about["lost"] else cls.SENTENCE


@action("secret.changed", "setting", "Replaced the secret key that links are made with")
class SecretChanged(Action):
    lost: bool
    whole: str
