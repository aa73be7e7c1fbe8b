"""What a co-signer's page shows, prepared here so that templates only lay it out."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape
from sqlalchemy import select

from workflow import documents, states
from workflow.campaigns import stationery
from workflow.campaigns.corrections import kept_by_silence
from workflow.languages import Words, in_zone, lazy_gettext
from workflow.letter import text, typed
from workflow.models import Invitation, Letter, Organisation, Revision, Signoff
from workflow.names import MOST_LISTED, Names, names
from workflow.pages import paper
from workflow.pages.i18n import gettext, ngettext, use_locale_of
from workflow.pages.sent_form import sent_form
from workflow.signoffs import answers, review
from workflow.signoffs.answers import Answer
from workflow.states.permissions import allowed
from workflow.transaction import Transaction, transaction_of

ENDED = {
    "declined": lazy_gettext(
        "Your organisation has declined. If that was a mistake, reply to our email: you can be invited again."
    ),
    "lapsed": lazy_gettext("The deadline passed without your answer. Reply to our email if you still want to sign."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Everything that the pages of one invitation show, in the language of its reader."""

    letter: Letter
    invitation: Invitation
    organisation: Organisation
    coordinator: str
    sheet: paper.Sheet | None
    """The letter as on paper; None for one that no co-signer has seen."""
    digest: str
    open: bool
    """Whether the letter is with its co-signers."""
    allowed: frozenset[str]
    """Names of the acts that may be done now."""
    reasons: tuple[Words, ...]
    """Why it cannot be signed now, whatever is typed."""
    deadline: str
    deadline_iso: str
    time_left: str
    objections_until: str
    """Until when to object to a minor correction; empty where silence does not count."""
    signoff: Signoff | None
    signed_at: str
    before: Signoff | None
    """The standing signature for an earlier version, to be confirmed."""
    earlier: Revision | None
    """The version that this organisation signed, when it is to confirm another one."""
    changes: list[documents.Change]
    compared: Revision | None
    """The version that the reader asked to compare with."""
    redlined: list[Markup]
    older: tuple[int, ...]
    looked: int | None
    """The version that this browser showed last, where it was another one."""
    progress: str
    share: int
    asked: str
    signed: str
    declined: list[tuple[str, str]]
    threads: list[review.Thread]
    withheld_on_request: bool
    block: tuple[str, ...]
    """The signature as it will be printed, with what was typed so far."""
    is_typed: bool
    pdf: bool

    @property
    def answerable(self) -> bool:
        """Whether the organisation can answer now."""
        return self.letter.is_open_for_sign_off and self.signoff is None and not self.reasons


def view(
    reading: Transaction, invitation: Invitation, since: int | None = None, looked: int | None = None
) -> ReviewPage:
    """Return what the page of one invitation shows; `since` is the version to compare with, `looked` the last seen."""
    language = use_locale_of(invitation)
    letter = invitation.letter
    campaign, revision = letter.campaign, letter.revision
    shown = revision or (letter.revisions[-1] if letter.revisions else None)
    signoff = invitation.signoff_for(revision.digest) if revision and invitation.has_signed else None
    earlier = signed_before(invitation)
    known = names(reading, letter, invitation)
    compared = _compared(letter, revision, since)
    return ReviewPage(
        letter=letter,
        invitation=invitation,
        organisation=invitation.organisation,
        coordinator=_coordinator(letter),
        sheet=paper.printed(shown.text(), letter, shown.number, known) if shown else None,
        digest=revision.digest if revision else "",
        open=letter.is_with_cosigners,
        allowed=frozenset(allowed(letter.state, invitation.state)),
        reasons=why_not(invitation),
        deadline=campaign.deadline_in_words(invitation.zone, language),
        deadline_iso=campaign.deadline.isoformat() if campaign.deadline else "",
        time_left=paper.time_left(letter),
        objections_until=_objections(invitation, language),
        signoff=signoff,
        signed_at=in_zone(signoff.signed_at, invitation.zone, language) if signoff else "",
        before=answers.to_confirm(invitation),
        earlier=earlier,
        changes=changes(earlier, revision),
        compared=compared,
        redlined=redlined(compared, revision) if compared and revision else [],
        older=tuple(r.number for r in letter.revisions if revision and r.number != revision.number),
        looked=looked if earlier is None and compared is None else None,
        progress=_progress(known),
        share=_share(known),
        asked=known.asked.in_words(language),
        signed=known.signed.in_words(language),
        declined=_declined(reading, invitation),
        threads=review.threads(invitation),
        withheld_on_request=stationery.asked_to_be_withheld(reading, invitation),
        block=_block(invitation),
        is_typed=bool(sent_form().value("answer", "name", "")),
        pdf=documents.libreoffice() is not None,
    )


def _coordinator(letter: Letter) -> str:
    found = letter.campaign.coordinator
    return (found.name or found.email) if found else gettext("The coordinator")


def _progress(known: Names) -> str:
    asked, signed = len(known.asked), len(known.signed)
    words = ngettext(
        "%(num)s of %(asked)s organisations has signed", "%(num)s of %(asked)s organisations have signed", signed
    )
    return words % {"num": signed, "asked": asked}


def _share(known: Names) -> int:
    asked, signed = len(known.asked), len(known.signed)
    return round(100 * signed / asked) if asked else 0


def _objections(invitation: Invitation, language: str) -> str:
    """Until when silence keeps this organisation on the correction, where it counts and the organisation was told."""
    if not invitation.is_to_confirm:
        return ""
    kept = kept_by_silence(transaction_of(invitation), invitation.letter).get(invitation.id)
    return in_zone(kept.until, invitation.zone, language) if kept and kept.told else ""


def _declined(reading: Transaction, invitation: Invitation) -> list[tuple[str, str]]:
    """Who has declined for a reason that the others may read; a withheld name stays withheld."""
    shared = select(Invitation).where(
        Invitation.letter_id == invitation.letter_id,
        Invitation.id != invitation.id,
        Invitation.has_declined,
        Invitation.reason_shared,
        Invitation.reason != "",
    )
    return [
        (gettext("An organisation, name withheld") if one.confidential else one.organisation.name, one.reason)
        for one in reading.scalars(shared.order_by(Invitation.confidential, Invitation.position).limit(MOST_LISTED))
    ]


def signed_before(invitation: Invitation) -> Revision | None:
    """The text that this organisation itself signed last, when it is to confirm another one."""
    if not invitation.is_to_confirm or invitation.by_hand is None:
        return None
    signed, revision = invitation.by_hand.digest, invitation.letter.revision
    found = [r for r in invitation.letter.revisions if r.digest == signed and r is not revision]
    return found[-1] if found else None


def changes(earlier: Revision | None, revision: Revision | None) -> list[documents.Change]:
    """Return what changed between two texts, without what is the same."""
    if earlier is None or revision is None:
        return []
    return documents.changed(earlier.text(), revision.text())


def _compared(letter: Letter, revision: Revision | None, since: int | None) -> Revision | None:
    if since is None or revision is None or since == revision.number:
        return None
    return next((r for r in letter.revisions if r.number == since), None)


def redlined(before: Revision, after: Revision) -> list[Markup]:
    """Return the whole text with what was struck and what was added, paragraph by paragraph."""
    marks = {"added": "<ins>{}</ins>", "removed": "<del>{}</del>", "same": "{}"}
    return [
        Markup("").join(Markup(marks[kind]).format(escape(words)) for kind, words in change.pieces)
        for change in documents.changes(before.text(), after.text())
    ]


def why_not(invitation: Invitation) -> tuple[Words, ...]:
    """Why it can't be signed now, whatever is typed."""
    if invitation.state in ENDED:
        return (ENDED[invitation.state],)
    revision = invitation.letter.revision
    whole = Answer(digest=revision.digest if revision else "", name="x", authorised=True, code="x")
    return states.refusals(states.INVITATION, invitation.state, "sign", answers.facts(invitation, whole))


def _block(invitation: Invitation) -> tuple[str, ...]:
    """The signature as it will be printed; a name that is not typed yet stands as one to be typed."""
    organisation = invitation.organisation
    name = typed.shown(sent_form().value("answer", "name", "")) or gettext("Your name")
    title = typed.shown(sent_form().value("answer", "title", invitation.signatory_title))
    return text.Signature(name, title, organisation.name, organisation.acronym).lines
