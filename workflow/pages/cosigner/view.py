"""What a co-signer's page shows, prepared here so that templates only lay it out."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import select

from workflow import documents, states
from workflow.campaigns import stationery
from workflow.campaigns.corrections import kept_by_silence
from workflow.languages import Words, in_zone, lazy_gettext
from workflow.letter import text, typed
from workflow.models import Invitation, Letter, Revision
from workflow.names import MOST_LISTED, Names, listed, names
from workflow.pages import paper
from workflow.pages.i18n import gettext, ngettext, use_locale_of
from workflow.signoffs import answers, review
from workflow.signoffs.answers import Answer
from workflow.states.permissions import allowed
from workflow.transaction import Transaction, transaction_of

ENDED = {
    "declined": lazy_gettext(
        "Your organisation has declined. If that was a mistake, answer the mail: you can be asked again."
    ),
    "lapsed": lazy_gettext("The deadline passed without your answer. Answer the mail if you still want to sign."),
}
SETTLED = {"accepted": lazy_gettext("taken over"), "dismissed": lazy_gettext("not taken over")}


def view(reading: Transaction, invitation: Invitation, since: int | None = None) -> dict[str, Any]:
    """Return everything that the page of one invitation shows; `since` is the revision to compare with."""
    language = use_locale_of(invitation)
    letter = invitation.letter
    revision = letter.revision
    shown = revision or (letter.revisions[-1] if letter.revisions else None)
    signoff = invitation.signoff_for(revision.digest) if revision and invitation.has_signed else None
    earlier = signed_before(invitation)
    known = names(reading, letter, invitation)
    compared = _compared(letter, revision, since)
    return {
        "letter": letter,
        "invitation": invitation,
        "organisation": invitation.organisation,
        "paper": paper.printed(shown.text(), letter, shown.number, known) if shown else None,
        "digest": revision.digest if revision else "",
        "signoff": signoff,
        "signed_at": in_zone(signoff.signed_at, invitation.zone, language) if signoff else "",
        "changes": changes(earlier, revision),
        "earlier": earlier,
        "compared": compared,
        "redlined": redlined(compared, revision) if compared and revision else [],
        "older": [r.number for r in letter.revisions if revision and r.number != revision.number],
        "deadline": letter.campaign.deadline_in_words(invitation.zone, language),
        "deadline_iso": letter.campaign.deadline.isoformat() if letter.campaign.deadline else "",
        "time_left": paper.time_left(letter),
        "objections_until": _objections(invitation, language),
        "progress": _progress(known),
        "share": _share(known),
        "signed_names": listed(known.signed, known.signed_withheld, language),
        "asked": listed(known.asked, known.asked_withheld, language),
        "declined": _declined(reading, invitation),
        "coordinator": _coordinator(letter),
        "reasons": why_not(invitation),
        "threads": review.threads(invitation),
        "settled": SETTLED,
        "open": letter.is_with_cosigners,
        "allowed": allowed(letter.state, invitation.state),
        "withheld_on_request": stationery.asked_to_be_withheld(reading, invitation),
        "block": block(invitation, "", ""),
        "pdf": documents.libreoffice() is not None,
    }


def _coordinator(letter: Letter) -> str:
    found = letter.campaign.coordinator
    return (found.name or found.email) if found else gettext("The coordinator")


def _progress(known: Names) -> str:
    asked, signed = len(known.asked) + known.asked_withheld, len(known.signed) + known.signed_withheld
    words = ngettext(
        "%(num)s of %(asked)s organisations has signed", "%(num)s of %(asked)s organisations have signed", signed
    )
    return words % {"num": signed, "asked": asked}


def _share(known: Names) -> int:
    asked, signed = len(known.asked) + known.asked_withheld, len(known.signed) + known.signed_withheld
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


def block(invitation: Invitation, name: str, title: str) -> tuple[str, ...]:
    """Return the signature block as it will be printed; an empty name or title stands as it is expected."""
    organisation = invitation.organisation
    name = typed.shown(name) or invitation.signatory or gettext("Your name")
    title = typed.shown(title) or invitation.signatory_title
    return text.Signature(name, title, organisation.name, organisation.acronym).lines
