"""What everybody concerned is told of one event: a deadline that moved, a letter that was cancelled or taken back …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Self

from sqlalchemy import select

from workflow.languages import apart, in_zone, joined
from workflow.mails.audiences import PEOPLE
from workflow.mails.registry import Mail, Post, mail
from workflow.mails.source import MailData, Part, Personal, Source
from workflow.models import Invitation, Letter, Organisation
from workflow.states.invitation import TO_CONFIRM
from workflow.states.letter import DRAFTED, SETTLED, WITH_COSIGNERS
from workflow.transaction import Transaction

Group = Literal["revived", "to_confirm", "asked", "agreed", "signed"]
"""How an organisation stands when it is told: who has most to do comes first."""
GROUPS: tuple[Group, ...] = ("revived", "to_confirm", "asked", "agreed", "signed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Part):
    """What all of these say."""

    title: str
    addressees: str
    organisation: Personal
    """Those together whose contact the reader is, where they are several."""
    signatory: Personal

    @classmethod
    def of(cls, source: Source) -> Self:
        """Gather it."""
        of = source.about.get("for") or []
        return cls(
            title=source.title,
            addressees=source.addressees,
            organisation=_named(source, of) if len(of) > 1 else source.organisation,
            signatory=source.signatory if is_named(source) and len(of) < 2 else "",
        )


def is_named(source: Source) -> bool:
    """Whether it is known who reads: the first contact, or one of the others."""
    return bool(source.about.get("first") or source.about.get("contact"))


def own_link(source: Source) -> str:
    """
    Return the link that a mail is to hold; empty: its reader has none of their own.

    A link opens one contact's mail only, so that of somebody else is never taken in its place.
    """
    return source.link if source.about.get("link") else ""


def _group(source: Source) -> str:
    return str(source.about.get("group", ""))


def _named(source: Source, ids: Sequence[str]) -> str:
    named = select(Organisation.name).join(Invitation, Invitation.organisation_id == Organisation.id)
    found = source.session.scalars(named.where(Invitation.id.in_(ids)).order_by(Invitation.position))
    return str(apart(joined(list(found), source.language), source.language))


def _moment(source: Source, name: str) -> str:
    said = source.about.get(name)
    return in_zone(datetime.fromisoformat(said), source.zone, source.language) if said else ""


# --- a deadline -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineMoved(MailData):
    """What is said of a deadline that moved."""

    told: Told
    coordinator: str
    link: Personal
    """Empty: who reads has none of their own."""
    group: str
    agreed: bool
    """It has agreed to sign with a change."""
    deadline: str
    """Empty: there is none any more."""
    before: str
    """Empty: there was none."""
    earlier: bool
    how: str
    """
    `moved`; `own`: for this organisation alone; `shared`: that of the letter again; `extended` as the rules say;
    `reopened` with the letter.
    """


@mail("deadline_moved", "moved deadline", PEOPLE, to_all=True)
def deadline_moved(source: Source) -> DeadlineMoved:
    """Say by when they have to answer now, and by when it was before."""
    about = source.about
    return DeadlineMoved(
        told=Told.of(source),
        coordinator=source.coordinator_name,
        link=own_link(source),
        group=_group(source),
        agreed=bool(about.get("agreed")),
        deadline=_moment(source, "after"),
        before=_moment(source, "before"),
        earlier=bool(about.get("after")) and (about.get("before") or "~") > about["after"],
        how=str(about.get("how") or "moved"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSoon(MailData):
    """What is said to who has signed an earlier text, when the deadline is near."""

    told: Told
    link: Personal
    agreed: bool
    """It has agreed to sign with a change."""
    deadline: str


@mail("confirm_soon", "signature about to lapse", PEOPLE, to_all=True, holds_in=WITH_COSIGNERS, awaits=TO_CONFIRM)
def confirm_soon(source: Source) -> ConfirmSoon:
    """Say until when it can be confirmed."""
    return ConfirmSoon(
        told=Told.of(source),
        link=own_link(source),
        agreed=bool(source.about.get("agreed")),
        deadline=_moment(source, "after"),
    )


# --- the letter -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(MailData):
    """What is said of a letter that was cancelled."""

    told: Told
    coordinator: str
    group: str
    reason: str


@mail("cancelled", "letter cancelled", PEOPLE, to_all=True)
def cancelled(source: Source) -> Cancelled:
    """Say why."""
    return Cancelled(
        told=Told.of(source),
        coordinator=source.coordinator_name,
        group=_group(source),
        reason=source.apart(source.about.get("reason", "")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack(MailData):
    """What is said of a letter that was taken back to draft."""

    told: Told
    coordinator: str
    link: Personal
    reason: str


@mail("taken_back", "letter taken back to draft", PEOPLE, to_all=True, holds_in=DRAFTED, held=timedelta(minutes=10))
def taken_back(source: Source) -> TakenBack:
    """Say why; a new version that is opened at once says it all, and calls this off."""
    return TakenBack(
        told=Told.of(source),
        coordinator=source.coordinator_name,
        link=own_link(source),
        reason=source.apart(source.about.get("reason", "")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(MailData):
    """What is said to who was asked and is not on the letter."""

    told: Told
    coordinator: str
    link: Personal
    group: str


@mail("left_out", "not on the letter", PEOPLE, to_all=True, holds_in=SETTLED)
def left_out(source: Source) -> LeftOut:
    """Say that it was closed without them."""
    return LeftOut(
        told=Told.of(source),
        coordinator=source.one.coordinator_amid(source.language),
        link=own_link(source),
        group=_group(source),
    )


# --- queueing ---------------------------------------------------------------------------------------------------------


class ToTell(NamedTuple):
    """One person who is told: at which address, of which invitation, and what is theirs alone."""

    address: str
    invitation_id: str
    group: Group
    link_id: str
    """Empty: they have none."""
    is_first: bool
    """The first contact, whom the letter greets by name."""
    of: tuple[str, ...]
    """The invitations that they are told of together."""
    contact_id: str | None
    """Which of the other contacts they are."""
    own: dict[str, Any]


def about(one: ToTell) -> dict[str, Any]:
    """Return what the mail to one person is made from."""
    link = {"link": one.link_id} if one.link_id else {}
    contact = {"contact": one.contact_id} if one.contact_id else {}
    return {"group": one.group, "first": one.is_first, "for": list(one.of), **link, **contact, **one.own}


def queue(session: Transaction, kind: Mail, letter: Letter, told: Sequence[tuple[str, ToTell]]) -> None:
    """Queue one kind for a letter whose row is locked, each under its dedupe key, which no mail has yet."""
    posts = [Post(one.address, key, about(one), one.invitation_id) for key, one in told]
    kind.queue_many(session, letter, posts)
