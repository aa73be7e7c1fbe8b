"""Who may see a letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.history.action import Action, Personal, action
from workflow.languages import marked


@action("member.added", "setting", "Let {who} in on the campaign")
class MemberAdded(Action):
    member: str
    """The id that the entries of what they do as a coordinator have as their actor."""
    role: str
    address: Personal

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say as what; who was in already is that from here on."""
        known = {"coordinator": marked("Made {who} a coordinator"), "auditor": marked("Made {who} an auditor")}
        return known.get(about.get("role", ""), cls.SENTENCE)


@action("member.removed", "setting", "Took {who} off the campaign")
class MemberRemoved(Action):
    member: str
    role: str
    address: Personal


@action("auditor_link.made", "setting", "Made a link by which {who} can read")
class AuditorLinkMade(Action):
    link: str
    ends: datetime
    name: Personal
    address: Personal


@action("auditor_link.revoked", "setting", "Revoked the link of {who}")
class AuditorLinkRevoked(Action):
    link: str


@action("auditor.opened", "setting", "{who} opened the letter by a link to read it")
class AuditorOpened(Action):
    link: str
