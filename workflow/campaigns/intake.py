"""A letter is taken in with its source, and what was doubtful in it is settled, one doubt after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from workflow import states
from workflow.campaigns import drafts, invitations
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Intake, Invitation, Letter, new_id
from workflow.transaction import Transaction

if TYPE_CHECKING:
    # Only who takes a letter in, or looks at its source, waits for the importer: it reads its lexicons when loaded.
    from workflow.imports import ImportedLetter
    from workflow.imports.doubts import Doubt


def take_in(
    session: Transaction, read: ImportedLetter, actor: Actor, *, name: str = "", campaign: Campaign | None = None
) -> Letter:
    """
    Take a letter that was read from a file or from pasted text into a campaign, or start one with it.

    `name` is that of the file. What the source says of the terms goes before those of the campaign.
    """
    terms = _terms(read, campaign)
    row = drafts.take_in(
        session, read.letter, read.cosigners, actor, dated=read.date, terms=terms, place=read.place, campaign=campaign
    )
    session.add(
        Intake(
            letter_id=row.id,
            name=name[:200],
            source=read.source,
            parts=_parts(session, read, row),
            doubts=[_kept(doubt) for doubt in read.doubts if not _is_shown_by_the_letter(doubt)],
        )
    )
    session.flush()
    return row


def _terms(read: ImportedLetter, campaign: Campaign | None) -> drafts.Terms:
    if campaign is None:
        return drafts.Terms(name=read.campaign, deadline=read.deadline, timezone=read.timezone, minimum=read.minimum)
    ours = drafts.terms_of(campaign)
    if read.deadline:
        ours = dataclasses.replace(ours, deadline=read.deadline, timezone=read.timezone)
    return dataclasses.replace(ours, minimum=read.minimum) if read.minimum > 1 else ours


def _parts(session: Transaction, read: ImportedLetter, row: Letter) -> list[dict[str, Any]]:
    """Return each part with its lines and what was made of it: by that it is known again in the draft."""
    said = {kind: iter(words) for kind, words in made_of(session, row).items()}
    return [{"kind": part.kind, "lines": list(part.lines), "words": next(said[part.kind], "")} for part in read.parts]


def made_of(session: Transaction, row: Letter) -> dict[str, list[str]]:
    """Return what the parts of a letter say now, in their order, by their kind."""
    from workflow.imports import places

    listed = select(Invitation.id).where(Invitation.letter_id == row.id).order_by(Invitation.position)
    single = {
        places.DATE: " ".join(filter(None, (row.place, row.date.isoformat() if row.date else ""))),
        places.SUBJECT: row.subject,
        places.SALUTATION: row.salutation,
        places.CLOSING: row.closing,
    }
    return {
        **{kind: [words] if words else [] for kind, words in single.items()},
        places.RECIPIENT: ["\n".join(recipient.printed().lines) for recipient in row.recipients],
        places.BODY: texts.paragraphs(row.body),
        places.COSIGNER: list(session.scalars(listed)),
    }


def _kept(doubt: Doubt) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": doubt.kind,
        "lines": list(doubt.lines),
        "values": dict(doubt.values),
        "settled": "",
    }


def _is_shown_by_the_letter(doubt: Doubt) -> bool:
    from workflow.imports.doubts import ADDRESSES

    return doubt.kind in ADDRESSES


def read_doubt(kept: Mapping[str, Any]) -> Doubt:
    """Return a doubt as it was kept."""
    from workflow.imports.doubts import Doubt

    return Doubt(kept["kind"], tuple(kept["lines"]), kept["values"])


def of(session: Transaction, letter: Letter) -> Intake | None:
    """Return what a letter was taken in from; None for one that came from an earlier letter."""
    return session.scalars(select(Intake).where(Intake.letter_id == letter.id)).first()


def unsettled(session: Transaction, letter: Letter) -> list[dict[str, Any]]:
    """Return the doubts that are still to be settled; none once the text has been before the co-signers."""
    if not letter.is_draft or letter.revision_number is not None:
        return []
    kept = session.scalar(select(Intake.doubts).where(Intake.letter_id == letter.id)) or []
    return [doubt for doubt in kept if not doubt["settled"] and not _is_moot(session, letter, doubt)]


def _is_moot(session: Transaction, letter: Letter, doubt: Mapping[str, Any]) -> bool:
    """Whether a part that was not found has been added since."""
    if not doubt["kind"].startswith("no_"):
        return False
    there: dict[str, Any] = {
        "no_subject": letter.subject,
        "no_salutation": letter.salutation,
        "no_closing": letter.closing,
        "no_date": letter.date,
        "no_recipient": letter.recipients,
    }
    if doubt["kind"] == "no_signatories":
        query = select(Invitation.id).where(Invitation.letter_id == letter.id).limit(1)
        there["no_signatories"] = session.scalars(query).first()
    return bool(there.get(doubt["kind"]))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """How many email addresses a letter lacks."""

    recipients: int
    cosigners: int


def missing(session: Transaction, letter: Letter) -> Missing:
    """Count the recipients, and the co-signers who may be invited, that have no email address."""
    query = select(func.count()).where(Invitation.letter_id == letter.id, Invitation.email == "", Invitation.is_listed)
    return Missing(
        recipients=sum(not recipient.email for recipient in letter.recipients),
        cosigners=int(session.scalar(query) or 0),
    )


# --- settling ---------------------------------------------------------------------------------------------------------


def settle(session: Transaction, letter_id: str, doubt_id: str, choice: str, actor: Actor, *, version: int) -> Letter:
    """
    Settle a doubt: the draft is put right as was chosen, or left as it is.

    Raises `ConflictError` when the draft was saved since `version`, `RefusedError` where the place was edited away.
    """
    row, intake = _locked(session, letter_id)
    kept = next((one for one in intake.doubts if one["id"] == doubt_id), None)
    if kept is None:
        raise NotFoundError("There is no such doubt.")
    if kept["settled"]:
        return row
    doubt = read_doubt(kept)
    if choice not in doubt.choices:
        raise InputError(choice=lazy_gettext("Select what to do."))
    _do(session, row, intake, doubt, choice, actor, version)
    intake.doubts = [{**one, "settled": choice} if one["id"] == doubt_id else one for one in intake.doubts]
    session.flush()
    return row


def settle_rest(session: Transaction, letter_id: str, actor: Actor) -> int:
    """Leave everything as it is that is still doubtful; returns how many doubts that were."""
    from workflow.imports.doubts import FINE

    row, intake = _locked(session, letter_id)
    open_ones = {doubt["id"] for doubt in unsettled(session, row)}
    intake.doubts = [{**one, "settled": FINE} if one["id"] in open_ones else one for one in intake.doubts]
    session.flush()
    return len(open_ones)


def _locked(session: Transaction, letter_id: str) -> tuple[Letter, Intake]:
    row = locked_letter(session, letter_id)
    states.check("edit", row.state)
    query = select(Intake).where(Intake.letter_id == row.id).execution_options(populate_existing=True)
    intake = session.scalars(query).first()
    if intake is None:
        raise NotFoundError("There is no source of this letter.")
    return row, intake


def _do(
    session: Transaction, row: Letter, intake: Intake, doubt: Doubt, choice: str, actor: Actor, version: int
) -> None:
    from workflow.imports import doubts

    if choice == doubts.FINE:
        return
    lines = _lines(intake, doubt)
    if choice == doubts.COSIGNER:
        _invite(session, row, lines, actor)
        return
    words, dated = row.text(), row.date
    if choice == doubts.OTHER:
        dated = date.fromisoformat(doubt.values["other"])
    elif choice == doubts.RECIPIENT:
        words = dataclasses.replace(words, recipients=(*words.recipients, *_recipients(lines, row.salutation)))
    else:
        words = _mended(words, intake, doubt, choice, lines)
    drafts.edit(session, row.id, words, actor, version=version, dated=dated, place=row.place)


def _invite(session: Transaction, row: Letter, lines: list[str], actor: Actor) -> None:
    try:
        for cosigner in _cosigners(lines):
            invitations.invite(session, row.id, cosigner, actor)
    except InputError as error:
        raise RefusedError(*error.reasons) from error


def _mended(words: texts.Letter, intake: Intake, doubt: Doubt, choice: str, lines: list[str]) -> texts.Letter:
    from workflow.imports import doubts, mending

    said = doubt.values
    if choice == doubts.SPLIT:
        return dataclasses.replace(words, body=mending.split(words.body, said["before"], said["after"]))
    if choice == doubts.JOIN:
        return dataclasses.replace(words, body=mending.join(words.body, said["before"], said["after"]))
    if choice == doubts.CLOSE:
        return dataclasses.replace(words, body=mending.close(words.body, said["words"]))
    if doubt.kind in ("heading_as_subject", "line_as_subject") and words.subject:
        lines, words = [words.subject], dataclasses.replace(words, subject="")
    if doubt.kind == "closing" and words.closing:
        lines, words = [words.closing], dataclasses.replace(words, closing="")
    body = mending.added(words.body, lines, heading=choice == doubts.HEADING, first=_is_above(intake, doubt))
    return dataclasses.replace(words, body=body)


def _is_above(intake: Intake, doubt: Doubt) -> bool:
    """Whether the lines that a doubt is about stand above the text."""
    first = min((min(part["lines"]) for part in intake.parts if part["kind"] == "body" and part["lines"]), default=0)
    return bool(doubt.lines) and max(doubt.lines) < first


def _lines(intake: Intake, doubt: Doubt) -> list[str]:
    """Return the lines that a doubt is about, as they stand in the source."""
    source = intake.source.split("\n")
    there = [" ".join(source[number - 1].split()) for number in doubt.lines if 0 < number <= len(source)]
    return [line for line in there if line] or [str(doubt.values.get("words", ""))]


def _recipients(lines: Sequence[str], salutation: str) -> tuple[texts.Recipient, ...]:
    """Return the recipient that lines are; one whose office is the first line where they read as none."""
    from workflow.imports.classify import Line
    from workflow.imports.recipients import addressed

    found = addressed([Line(line, line, number) for number, line in enumerate(lines, 1)], -1, salutation, ())
    if found.recipients and not found.sender and not found.left:
        return tuple(found.recipients)
    return (texts.Recipient(office=lines[0], address=tuple(lines[1:])),)


def _cosigners(lines: Sequence[str]) -> list[texts.Cosigner]:
    """Return the co-signers that lines are; one organisation of that name where they read as none."""
    from workflow.imports.classify import Line
    from workflow.imports.signatories import signatories

    found = signatories([Line(line, line, number) for number, line in enumerate(lines, 1)])
    whole = found.cosigners if not found.left and not found.headings else []
    return whole or [texts.Cosigner(organisation=" ".join(lines))]
