"""The three mails that ask for an answer to one text: the first, a text that was revised, and sign-off that opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from workflow import documents
from workflow.languages import in_zone
from workflow.mails.audiences import CONTACT
from workflow.mails.registry import Mail, Post, mail
from workflow.mails.source import MailData, Part, Personal, Source, WholeText
from workflow.models import Letter, Revision
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Part):
    """What all three say."""

    title: str
    organisation: Personal
    signatory: Personal
    addressees: str
    link: Personal
    deadline: str
    number: int
    short_digest: str
    note: tuple[str, ...]
    """The coordinator's own words, by paragraphs."""
    note_by: str
    text: WholeText

    @classmethod
    def of(cls, source: Source) -> Self:
        """Gather it."""
        revision = source.revision
        return cls(
            title=source.title,
            organisation=source.organisation,
            signatory=source.signatory,
            addressees=source.addressees,
            link=source.link,
            deadline=source.deadline,
            number=revision.number if revision else 0,
            short_digest=source.apart(revision.digest[:12]) if revision else "",
            note=source.note,
            note_by=source.coordinator_name,
            text=WholeText.of(source),
        )


# --- the first --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class First(MailData):
    """What the first mail to an organisation says."""

    asked: Asked
    coordinator: str
    in_review: bool
    others: Personal
    """Who is asked besides."""


@mail("invitation", "invitation", CONTACT, follows_text=True)
def invitation(source: Source) -> First:
    """Say who asks, and who is asked besides."""
    return First(
        asked=Asked.of(source),
        coordinator=source.coordinator_name,
        in_review=source.about.get("state") == "in_review",
        others=source.others_asked,
    )


# --- sign-off opens ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(MailData):
    """What is said when sign-off opens for a text that the organisation has had."""

    asked: Asked
    coordinator: str
    missed: bool
    """It had agreed to sign another text, with a change that was suggested: this is not that one."""


@mail("sign_off", "request to sign", CONTACT, follows_text=True)
def sign_off(source: Source) -> SignOff:
    """Say who asks."""
    return SignOff(asked=Asked.of(source), coordinator=source.coordinator_name, missed=_has_missed(source))


def _has_missed(source: Source) -> bool:
    return bool(source.about.get("missed"))


# --- a new text -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised(MailData):
    """What is said of a new text."""

    asked: Asked
    reason: str
    in_review: bool
    to_confirm: bool
    """The organisation has signed an earlier text."""
    missed: bool
    """It had agreed to sign another text, as of `SignOff`."""
    objections_until: str
    """Until when it may object to a small correction that its silence would keep it on; empty: there is none."""
    changes: tuple[documents.Change, ...]


@mail("revised", "new version", CONTACT, follows_text=True)
def revised(source: Source) -> Revised:
    """Say why the text is new and what changed since the one that the organisation signed, or was last sent."""
    return Revised(
        asked=Asked.of(source),
        reason=source.apart(source.letter.reason),
        in_review=source.about.get("state") == "in_review",
        to_confirm=bool(source.signoffs),
        missed=_has_missed(source),
        objections_until=_objections_until(source),
        changes=_changes(source),
    )


def _objections_until(source: Source) -> str:
    until, signed = source.about.get("objections_until"), source.by_hand
    if not until or signed is None or not signed.objection_hours:
        return ""
    return in_zone(datetime.fromisoformat(until), source.zone, source.language)


def _changes(source: Source) -> tuple[documents.Change, ...]:
    earlier = _earlier(source)
    return source.one.changes(earlier.digest, source.digest) if earlier else ()


def _earlier(source: Source) -> Revision | None:
    """Return the text that the organisation itself signed, else the one before this."""
    about, signed = source.about, source.by_hand
    known = source.letter.revisions
    own = [r for r in known if signed and r.digest == signed.digest != about["digest"]]
    before = [r for r in known if r.number < about["number"]]
    return next(reversed(own or before), None)


# --- queueing ---------------------------------------------------------------------------------------------------------


class ToAsk(NamedTuple):
    """One invitation that is asked: how often it was before, and what it is told where its silence counts."""

    invitation_id: str
    address: str
    link_id: str
    before: int
    silence: Mapping[str, Any]
    """
    Empty, or for how many hours, and until when, it may object: `objection_hours`, `objections_until`; and `missed`
    where it had agreed to another text than this.
    """
    contact: str = ""
    """Which other contact is written to; empty: the first."""


def queue(session: Transaction, kind: Mail, letter: Letter, asked: Sequence[ToAsk], note: str = "") -> dict[str, str]:
    """
    Queue one of the three for the text that is before the co-signers; returns the mails' ids by invitation.

    `note` is the id of the coordinator's own words.
    """
    text = letter.revision
    assert text is not None
    own = {"note": note} if note else {}
    posts = [
        Post(
            one.address,
            f"{kind.kind}:{one.invitation_id}:{one.link_id}:{text.number}:{letter.state}:{one.before}",
            {
                "digest": text.digest,
                "number": text.number,
                "link": one.link_id,
                "state": letter.state,
                **own,
                **one.silence,
                **({"contact": one.contact} if one.contact else {}),
            },
            one.invitation_id,
        )
        for one in asked
    ]
    ids = kind.queue_many(session, letter, posts)
    return dict(zip((one.invitation_id for one in asked), ids, strict=True))
