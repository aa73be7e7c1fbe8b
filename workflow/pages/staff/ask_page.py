"""What the page shows on which a coordinator checks what is about to be emailed, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from workflow.campaigns import by_hand, conditions, lifecycle, readers, reminders, rounds
from workflow.campaigns.readers import Readers
from workflow.errors import NotFoundError, RefusedError
from workflow.history import timestamp
from workflow.languages import LANGUAGES, Message, Words, in_zone, lazy_gettext
from workflow.letter import typed
from workflow.mails import events, reminder, samples
from workflow.models import Invitation, Letter, now
from workflow.pages.staff import agreements, head, silent
from workflow.pages.staff.agreements import Outlook
from workflow.pages.staff.head import Head
from workflow.states import LETTER, may
from workflow.states.machine import form
from workflow.states.permissions import why_not
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Step:
    """An act that writes to several people, as its page calls it."""

    title: Message
    meaning: Message
    endpoint: str
    """Where its form is sent."""


STEPS = {
    "circulate": Step(
        lazy_gettext("Send for review"),
        lazy_gettext("Co-signers get the text by email and can comment. Nobody signs yet."),
        "letter.circulate",
    ),
    "open_sign_off": Step(
        lazy_gettext("Ask for signatures"),
        lazy_gettext("Co-signers are emailed and asked to sign this version."),
        "letter.open_sign_off",
    ),
    "reopen": Step(
        lazy_gettext("Reopen for signature"),
        lazy_gettext("Nothing has been sent to the recipient yet; more organisations can sign."),
        "letter.reopen",
    ),
    "replace_links": Step(
        lazy_gettext("Replace all links"),
        lazy_gettext(
            "For when a link may have leaked. All current links stop working; anyone still to answer gets a new one by "
            "email. Signatures stay as they are."
        ),
        "invitations.replace_links",
    ),
    "remind": Step(
        lazy_gettext("Remind"),
        lazy_gettext("Whoever has not answered is asked once more, by the link that they have."),
        "invitations.remind",
    ),
    "write_to_rest": Step(
        lazy_gettext("Invite the rest"),
        lazy_gettext("Everybody on the list who was not invited yet gets an invitation."),
        "invitations.write_to_rest",
    ),
}
"""The acts of `readers.ACTS`, by their names in an address."""

LONG_SUBJECT = 78
"""Mail programs cut longer subjects, and filters take them for junk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteField:
    """The paragraph in one language."""

    language: str
    called: str
    readers: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleShown:
    """A sample email."""

    language: str
    organisation: str
    subject: str
    text: str
    long_subject: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """The page."""

    head: Head
    act: str
    step: Step
    readers: Readers
    more: int
    """How many organisations there are besides those that are named at once."""
    unlisted: int
    """How many there are besides those in the list."""
    first: tuple[str, ...]
    """The names of the first organisations."""
    languages: Mapping[str, int]
    """By their own names."""
    mark: str
    hindrances: tuple[Words, ...]
    deadline: str
    timezone: str
    may_set_deadline: bool
    notes: tuple[NoteField, ...]
    most: int
    small_correction: bool
    some: str
    """Who alone is reminded, by their ids (`silent.some_of`); empty: all who are silent."""
    left_out: tuple[Words, ...]
    """Who is silent and gets none, counted, with why."""
    agreements: Outlook | None
    """What becomes of agreements to sign with a change; None for an act that opens no text."""
    sample: SampleShown | None
    languages_read: tuple[tuple[str, str], ...]
    """Those that there is a sample in: code and name."""


def _readers(session: Transaction, letter: Letter, act: str, some: str, small_correction: bool) -> Readers:
    if act == "remind":
        return reminders.readers(session, letter, reminders.by_hand(session, letter, silent.some_of(some)))
    return readers.readers(session, letter, act, small_correction=small_correction)


def of(
    session: Transaction, letter: Letter, act: str, language: str, small_correction: bool, some: str = ""
) -> AskPage:
    """Return what the page shows; raises `NotFoundError` for an act that it is not for."""
    if act not in STEPS:
        raise NotFoundError("There is no such step.")
    small_correction = small_correction and act == "open_sign_off"
    found = _readers(session, letter, act, some, small_correction)
    shown = _shown(session, letter, act, found, language, small_correction, some)
    first = tuple({one.invitation_id: one.organisation for one in found.listed}.values())[: readers.FIRST]
    return AskPage(
        head=head.of(letter, True),
        act=act,
        step=STEPS[act],
        readers=found,
        first=first,
        more=found.organisations - len(first),
        unlisted=found.number - len(found.listed),
        languages={LANGUAGES[code]: number for code, number in found.languages.items()},
        mark=readers.mark(letter),
        hindrances=_hindrances(session, letter, act, found),
        deadline=in_zone(letter.deadline, letter.timezone) if letter.deadline else "",
        timezone=letter.timezone,
        may_set_deadline=may("set_terms", letter.state) and not letter.is_with_cosigners,
        notes=tuple(
            NoteField(
                language=code,
                called=LANGUAGES[code],
                readers=found.languages.get(code, 0),
                words=letter.note_draft.get(code, ""),
            )
            for code in _to_write_in(letter, found)
        ),
        most=typed.NOTE.most,
        small_correction=small_correction,
        some=some,
        left_out=tuple(silent.LEFT_OUT[why](number) for why, number in found.left_out.items()),
        agreements=agreements.outlook(session, letter) if act in ("circulate", "open_sign_off") else None,
        sample=shown,
        languages_read=tuple((code, LANGUAGES[code]) for code in found.languages),
    )


def _to_write_in(letter: Letter, found: Readers) -> tuple[str, ...]:
    """The languages that somebody reads, and those in which something was written already."""
    return tuple(dict.fromkeys([*found.languages, *(code for code in letter.note_draft if code in LANGUAGES)]))


def _hindrances(session: Transaction, letter: Letter, act: str, found: Readers) -> tuple[Words, ...]:
    if act == "remind" and not found.number:
        return why_not(act, letter.state) or (by_hand.NOBODY,)
    if act not in ("circulate", "open_sign_off", "reopen"):
        return why_not(act, letter.state)
    try:
        return form(LETTER, letter.state, act, lifecycle.facts(session, letter)).reasons
    except RefusedError as refused:
        return refused.reasons


def _shown(
    session: Transaction, letter: Letter, act: str, found: Readers, language: str, small_correction: bool, some: str
) -> SampleShown | None:
    made = sample(session, letter, act, language, found=found, small_correction=small_correction, some=some)
    if made is None:
        return None
    words = made.words
    return SampleShown(
        language=made.source.language,
        organisation=made.source.row.organisation or "",
        subject=words.subject,
        text=words.text,
        long_subject=len(words.subject) > LONG_SUBJECT,
    )


def sample(
    session: Transaction,
    letter: Letter,
    act: str,
    language: str,
    *,
    small_correction: bool = False,
    found: Readers | None = None,
    some: str = "",
) -> samples.Sample | None:
    """Return the email of an act to the first who reads a language, else to the first; None where nobody gets one."""
    found = found or _readers(session, letter, act, some, small_correction)
    in_language = next((one for one in found.listed if one.language == language), None)
    reader = in_language or next(iter(found.listed), None)
    if reader is None:
        return None
    invitation = session.get_one(Invitation, reader.invitation_id)
    if act == "remind":
        person = reminders.by_hand(session, letter, [invitation.id]).people[0]
        return samples.sample(
            session,
            letter,
            reminder.reminder,
            invitation,
            letter.note_draft,
            **reminders.about(session, letter, person),
        )
    digest = letter.text().digest() if letter.is_draft or letter.revision is None else letter.revision.digest
    if act == "reopen" and invitation.has_lapsed:
        until = timestamp(invitation.due) if invitation.due else ""
        told = {"how": "reopened", "group": "revived", "first": True, "link": "sample", "after": until}
        return samples.sample(session, letter, events.deadline_moved, invitation, {}, **told)
    kind = rounds.next_mail(session, letter, invitation, digest, other_link=act == "replace_links")
    about: dict[str, Any] = {"state": next((step.dest for step in LETTER.steps if step.trigger == act), letter.state)}
    stays = next((one for one in found.stay if one.invitation.id == invitation.id), None)
    if stays is not None:
        about["objections_until"] = timestamp(now() + timedelta(hours=stays.hours))
    if invitation.id in {one.invitation_id for one in conditions.outlook(session, letter, digest).missing}:
        about["missed"] = True
    return samples.sample(session, letter, kind, invitation, letter.note_draft, **about)
