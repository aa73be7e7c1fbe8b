"""
What a co-signer's page shows, prepared here so that templates only lay it out.

It has two parts: what is the same for many readers, and what is put into its holes for one (`filled_in`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup, escape
from sqlalchemy import select

from workflow import documents, states
from workflow.campaigns import conditions, corrections, reading_links, stationery
from workflow.languages import Words, joined, lazy_gettext
from workflow.letter import text, typed
from workflow.mails.time_answered import asked_for
from workflow.models import Invitation, Letter, Revision
from workflow.models.base import in_state
from workflow.names import MOST_LISTED, NOBODY_NAMED, Names, Own, TextOpen, names_for
from workflow.pages import paper
from workflow.pages.i18n import get_locale, gettext, ngettext, with_title
from workflow.pages.kept import Kept
from workflow.pages.sent_form import sent_form
from workflow.signoffs import answers, four_eyes, readers, review
from workflow.signoffs.answers import Answer
from workflow.signoffs.four_eyes import Waiting
from workflow.signoffs.opened import OpenedInvitation, OpenedLetter, OpenedSignoff, with_signoffs
from workflow.states.invitation import INVITATION
from workflow.states.letter import FROZEN, GONE_OUT, SIGNABLE, WITH_COSIGNERS
from workflow.states.permissions import allowed
from workflow.transaction import Transaction

ENDED = {
    "lapsed": lazy_gettext("The deadline passed without your answer. Reply to our email if you still want to sign."),
}


@dataclass(frozen=True, slots=True)
class LetterState:
    """What pages say of the letter, beside its text."""

    state: str
    title: str
    reason: str
    comments_shared: bool
    objection_hours: int
    is_draft = in_state("drafting")
    is_in_review = in_state("in_review")
    is_open_for_sign_off = in_state(*SIGNABLE)
    is_approved = in_state("approved")
    is_sent = in_state("sent")
    has_gone_out = in_state(*GONE_OUT)
    is_withdrawn = in_state("withdrawn")
    is_with_cosigners = in_state(*WITH_COSIGNERS)
    is_frozen = in_state(*FROZEN)


@dataclass(frozen=True, slots=True)
class InvitationState:
    """How far an organisation has come with its answer."""

    state: str
    verdict: str
    confidential: bool
    asks_for_code: bool
    has_logo: bool
    individual: bool
    """Somebody who is asked in their own name."""
    has_signed = in_state("signed")
    has_declined = in_state("declined")
    has_retracted = in_state("retracted")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """What the pages of one invitation show: the same for each that is as far, in the language of its reader."""

    letter: LetterState
    invitation: InvitationState
    purpose: str
    """What the link is for by which it is read: to `answer`, to `read`, or to `confirm` what another proposed."""
    four_eyes: bool
    """Two have to sign: one proposes, another confirms."""
    is_proposed: bool
    """A signature under the text of now was proposed, and waits to be confirmed."""
    is_to_be_confirmed_here: bool
    """By this very link."""
    sheet: paper.Sheet | None
    """The letter as on paper, without names; None for one that no co-signer has seen."""
    digest: str
    allowed: frozenset[str]
    """Names of the acts that may be done now."""
    reasons: tuple[Words, ...]
    """Why it cannot be signed now, whatever is typed."""
    is_signed: bool
    is_to_confirm: bool
    """There is a standing signature for an earlier version, to be confirmed."""
    earlier: int | None
    """The version that this organisation signed, when it is to confirm another one."""
    changes: tuple[documents.Change, ...]
    compared: int | None
    """The version that the reader asked to compare with."""
    redlined: tuple[Markup, ...]
    older: tuple[int, ...]
    looked: int | None
    """The version that this browser showed last, where it was another one."""
    withheld_on_request: bool
    is_typed: bool
    pdf: bool
    about: int | None
    """The paragraph that the reader has chosen to say something of."""

    @property
    def open(self) -> bool:
        """Whether the letter is with its co-signers."""
        return self.letter.is_with_cosigners

    @property
    def answerable(self) -> bool:
        """Whether the organisation can answer now, or change its answer."""
        can = self.letter.is_open_for_sign_off and not self.is_signed and not self.reasons
        return can and self.purpose == "answer" and not self.is_proposed

    @property
    def confirmable(self) -> bool:
        """Whether what was proposed can be confirmed now, by the reader."""
        can = self.letter.is_open_for_sign_off and not self.is_signed and not self.reasons
        return can and self.is_to_be_confirmed_here

    @property
    def asks(self) -> bool:
        """Whether anything is asked of the organisation: whoever has declined is left alone."""
        return self.open and not self.invitation.has_declined and self.purpose == "answer"

    @property
    def reads(self) -> bool:
        """Whether the link only shows it."""
        return self.purpose == "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What stands in a page for one reader alone or changes from hour to hour: words, and nothing that decides."""

    id: str
    """Of the invitation."""
    organisation: str
    email: str
    expected: str
    """Who is expected to sign."""
    title: str
    coordinator: str
    addressees: str
    """To whom the letter goes, in a sentence."""
    answered_at: str
    answered_by: str
    """Which other contact of the organisation has answered; empty: nobody, or the reader."""
    after: str
    """What a form carries of the answer that is shown (`answers.shown_as`)."""
    deadline: Markup
    time_left: str
    objections_until: str
    """Until when to object to a minor correction; empty where silence does not count."""
    more_time: str
    signed_by: str
    signed_at: str
    before_name: str
    """As it stands below the earlier version that is to be confirmed."""
    before_title: str
    progress: str
    share: str
    asked: str
    signed: str
    block: tuple[str, ...]
    """The signature as it will be printed, with what was typed so far."""
    signatures: Markup
    """The names below the letter."""
    declined: Markup
    threads: Markup
    readers: Markup
    """The links by which colleagues read it."""
    agreement: Markup
    """To which text as it would be it has agreed, and how that is taken back."""
    proposed_by: str
    """Who proposed what waits to be confirmed."""
    proposed_at: str
    proposed_block: tuple[str, ...]
    """As it is to be printed."""
    confirmer: str
    """Who is to confirm it, or probably will be."""
    confirmer_email: str


@dataclass(frozen=True, slots=True)
class View:
    """A page and its reader, with the sign-off that counts, where there is one."""

    page: ReviewPage
    own: Reader
    signoff: OpenedSignoff | None


def view(
    reading: Transaction,
    invitation: OpenedInvitation,
    since: int | None = None,
    looked: int | None = None,
    before: str = "",
    about: int | None = None,
) -> View:
    """
    Return what the page of one invitation shows.

    `since` is the version to compare with, `looked` the last that was seen, `before` a comment that all are older than,
    `about` the paragraph that something is to be said of.
    """
    invitation = with_signoffs(reading, invitation)
    letter, revision = invitation.letter, invitation.letter.revision
    shown = paper.frozen(reading, letter.id, revision.digest) if revision else None
    signoff = invitation.signoff_for(revision.digest) if revision and invitation.has_signed else None
    proposed = four_eyes.waiting(reading, invitation)
    earlier = signed_before(reading, invitation)
    compared = _compared(reading, letter, since)
    sheet = paper.of_text(shown, letter.place, letter.date, revision.number) if shown and revision else None
    state = LetterState(
        letter.state,
        letter.subject or reading.get_one(Letter, letter.id).title,
        letter.reason,
        letter.comments_shared,
        letter.objection_hours,
    )
    page = ReviewPage(
        letter=state,
        invitation=InvitationState(
            invitation.state,
            invitation.verdict,
            invitation.confidential,
            invitation.asks_for_code,
            invitation.organisation.logo_sha256 is not None,
            invitation.individual,
        ),
        purpose=invitation.link.purpose,
        four_eyes=invitation.wants_four_eyes,
        is_proposed=proposed is not None,
        is_to_be_confirmed_here=proposed is not None and proposed.confirming_link_id == invitation.link.id,
        sheet=sheet,
        digest=revision.digest if revision else "",
        allowed=allowed(letter.state, invitation.state),
        reasons=why_not(invitation),
        is_signed=signoff is not None,
        is_to_confirm=answers.to_confirm(invitation) is not None,
        earlier=earlier.number if earlier else None,
        changes=changes(reading, letter, earlier),
        compared=compared.number if compared else None,
        redlined=_redlined(reading, letter, compared),
        older=tuple(n for n in range(1, revision.newest + 1) if n != revision.number) if revision else (),
        looked=looked if earlier is None and compared is None else None,
        withheld_on_request=invitation.confidential
        and stationery.asked_to_be_withheld(reading, reading.get_one(Invitation, invitation.id)),
        is_typed=bool(sent_form().value("answer", "name", "")),
        pdf=documents.libreoffice() is not None,
        about=about if sheet and about in range(1, len(sheet.paragraphs) + 1) else None,
    )
    return View(page, _reader(reading, invitation, page, signoff, before, proposed), signoff)


def _reader(
    reading: Transaction,
    invitation: OpenedInvitation,
    page: ReviewPage,
    signoff: OpenedSignoff | None,
    before: str,
    proposed: Waiting | None,
) -> Reader:
    language, campaign = get_locale(), invitation.letter.campaign
    known, confirmed = _names(reading, invitation, signoff), answers.to_confirm(invitation)
    second = four_eyes.second(reading, invitation) if page.four_eyes and proposed is None else ("", "")
    return Reader(
        id=invitation.id,
        organisation=invitation.organisation.name,
        email=invitation.email,
        expected=with_title(invitation.signatory, invitation.signatory_title) if invitation.signatory else "",
        title=invitation.signatory_title,
        coordinator=campaign.asked_by or NOBODY_NAMED.translate(language),
        addressees=_addressees(reading, invitation, page.sheet),
        answered_at=invitation.in_words(invitation.answered_at, language),
        answered_by=_answered_by(reading, invitation),
        after=answers.shown_as(invitation),
        deadline=_deadline(invitation, language),
        time_left=paper.left_until(invitation.due),
        objections_until=_objections(reading, invitation, language),
        more_time=asked_for(invitation.more_time, language),
        signed_by=signoff.name if signoff else "",
        signed_at=invitation.in_words(signoff.signed_at, language) if signoff else "",
        before_name=confirmed.name if confirmed else "",
        before_title=confirmed.title if confirmed else "",
        progress=_progress(known),
        share=str(round(100 * len(known.signed) / len(known.asked)) if known.asked else 0),
        asked=known.asked.in_words(language),
        signed=known.signed.in_words(language),
        block=_block(invitation),
        signatures=_signatures(page.sheet, known),
        declined=_declined(known, invitation),
        threads=_threads(reading, invitation, page, before),
        readers=_readers(reading, invitation),
        agreement=_agreement(reading, invitation, page),
        proposed_by=proposed.by if proposed else "",
        proposed_at=invitation.in_words(proposed.at, language) if proposed else "",
        proposed_block=_signature(invitation, proposed.name, proposed.title) if proposed else (),
        confirmer=proposed.confirmer if proposed else second[0],
        confirmer_email=proposed.confirmer_email if proposed else second[1],
    )


def _answered_by(reading: Transaction, invitation: OpenedInvitation) -> str:
    if invitation.answered_at is None or invitation.answered_by in (None, invitation.link.id):
        return ""
    return answers.answered_by_another(reading, invitation.id, invitation.link.id)


def _readers(reading: Transaction, invitation: OpenedInvitation) -> Markup:
    if not invitation.has_readers or invitation.link.purpose != "answer":
        return Markup()
    found = [
        (one.id, one.name, one.email, readers.address(reading, one), invitation.in_words(one.created_at, get_locale()))
        for one in reading_links.living(reading, invitation.id)
    ]
    return Markup(render_template("review/readers.html", found=found, id=invitation.id))


def _addressees(reading: Transaction, invitation: OpenedInvitation, sheet: paper.Sheet | None) -> str:
    """Return to whom the letter goes; of a letter that no co-signer has seen yet, as its draft says."""
    if sheet is not None:
        called = [lines[0] for lines in sheet.recipients if lines]
    else:
        called = [recipient.label for recipient in reading.get_one(Letter, invitation.letter.id).recipients]
    return joined(called, get_locale())


def _deadline(invitation: OpenedInvitation, language: str) -> Markup:
    deadline = invitation.due
    if deadline is None:
        return Markup()
    time = Markup('<time datetime="{}" data-zone="{}">{}</time>')
    return time.format(deadline.isoformat(), invitation.zone, invitation.in_words(deadline, language))


def _names(reading: Transaction, invitation: OpenedInvitation, signoff: OpenedSignoff | None) -> Names:
    letter = invitation.letter
    text = TextOpen(letter.id, letter.revision.digest if letter.revision else None, letter.ordering, letter.frontier)
    own = Own(invitation.organisation.name, invitation.confidential, signoff is not None, invitation.answered_at)
    return names_for(reading, text, own)


def _progress(known: Names) -> str:
    words = ngettext(
        "%(num)s of %(asked)s organisations has signed",
        "%(num)s of %(asked)s organisations have signed",
        len(known.signed),
    )
    said = words % {"num": len(known.signed), "asked": len(known.asked)}
    if known.people:
        people = ngettext("%(num)s individual has signed", "%(num)s individuals have signed", known.people)
        said = f"{said}. {people % {'num': known.people}}"
    return said


_below: Kept[tuple[object, ...], Markup] = Kept(64)


def _signatures(sheet: paper.Sheet | None, known: Names) -> Markup:
    """The names below the letter, made once for all who read them."""
    if sheet is None:
        return Markup()
    key = (get_locale(), sheet.language, known.signatures, known.printed, known.unprinted)
    named = paper.with_names(sheet, known)
    return _below.get(key, lambda: Markup(render_template("review/signatures.html", sheet=named)))


def _objections(reading: Transaction, invitation: OpenedInvitation, language: str) -> str:
    """Until when silence keeps this organisation on the correction, where it counts and the organisation was told."""
    letter = invitation.letter
    if not invitation.is_to_confirm or letter.objections_until is None or not letter.is_open_for_sign_off:
        return ""
    kept = corrections.kept_by_its_silence(reading, invitation.id)
    return invitation.in_words(kept.until, language) if kept and kept.told else ""


def _declined(known: Names, invitation: OpenedInvitation) -> Markup:
    """Who has declined for a reason that the others may read; a withheld name stays withheld."""
    said = [
        (one.organisation or gettext("An organisation, name withheld"), one.reason)
        for one in known.declined
        if one.invitation != invitation.id
    ]
    return Markup(render_template("review/declined.html", declined=said[:MOST_LISTED])) if said else Markup()


def _threads(reading: Transaction, invitation: OpenedInvitation, page: ReviewPage, before: str) -> Markup:
    own = invitation.has_commented and not page.reads
    if not page.open or not (own or page.letter.comments_shared):
        return Markup()
    found = review.threads(reading, invitation, before)
    if not found.shown:
        return Markup()
    given = {
        "id": invitation.id,
        "letter": page.letter,
        "reads": page.purpose != "answer",
        "may_agree": "agree" in page.allowed and not invitation.has_agreed and page.purpose == "answer",
    }
    return Markup(render_template("review/threads.html", threads=found, **given))


def _agreement(reading: Transaction, invitation: OpenedInvitation, page: ReviewPage) -> Markup:
    agreed = conditions.of(reading, invitation.id) if invitation.has_agreed else None
    if agreed is None:
        return Markup()
    return Markup(
        render_template(
            "review/agreement.html",
            id=invitation.id,
            agreed=agreed,
            at=invitation.in_words(agreed.signed_at, get_locale()),
            may_take_back="take_back" in page.allowed and page.purpose == "answer",
        )
    )


def signed_before(reading: Transaction, invitation: OpenedInvitation) -> Revision | None:
    """Return the text that this organisation itself signed last, when it is to confirm another one."""
    revision = invitation.letter.revision
    if not invitation.is_to_confirm or invitation.by_hand is None or revision is None:
        return None
    if invitation.by_hand.digest == revision.digest:
        return None
    query = select(Revision).where(Revision.letter_id == invitation.letter.id)
    return reading.scalar(query.where(Revision.digest == invitation.by_hand.digest))


def changes(reading: Transaction, letter: OpenedLetter, earlier: Revision | None) -> tuple[documents.Change, ...]:
    """Return what changed from an earlier text to the present one, without what is the same."""
    return tuple(change for change in _compare(reading, letter, earlier) if change.kind != "same")


def _compare(reading: Transaction, letter: OpenedLetter, earlier: Revision | None) -> tuple[documents.Change, ...]:
    if earlier is None or letter.revision is None:
        return ()
    before, after = (paper.frozen(reading, letter.id, one.digest) for one in (earlier, letter.revision))
    return paper.changes(before, after)


def _compared(reading: Transaction, letter: OpenedLetter, since: int | None) -> Revision | None:
    revision = letter.revision
    if since is None or revision is None or since == revision.number or not 0 < since <= revision.newest:
        return None
    return reading.scalar(select(Revision).where(Revision.letter_id == letter.id, Revision.number == since))


def _redlined(reading: Transaction, letter: OpenedLetter, before: Revision | None) -> tuple[Markup, ...]:
    return marked_up(_compare(reading, letter, before))


def marked_up(changes: Iterable[documents.Change]) -> tuple[Markup, ...]:
    """Return a whole text with what was struck and what was added, paragraph by paragraph."""
    marks = {"added": "<ins>{}</ins>", "removed": "<del>{}</del>", "same": "{}"}
    return tuple(
        Markup("").join(Markup(marks[kind]).format(escape(words)) for kind, words in change.pieces)
        for change in changes
    )


def why_not(invitation: OpenedInvitation) -> tuple[Words, ...]:
    """Return why it can't be signed now, whatever is typed."""
    if invitation.state in ENDED:
        return (ENDED[invitation.state],)
    revision = invitation.letter.revision
    whole = Answer(digest=revision.digest if revision else "", name="x", authorised=True, code="x", proposal=0)
    return states.refusals(INVITATION, invitation.state, "sign", answers.facts(invitation, whole))


def _block(invitation: OpenedInvitation) -> tuple[str, ...]:
    """The signature as it will be printed; a name that is not typed yet stands as one to be typed."""
    name = typed.shown(sent_form().value("answer", "name", "")) or gettext("Your name")
    title = typed.shown(sent_form().value("answer", "title", invitation.signatory_title))
    return _signature(invitation, name, title)


def _signature(invitation: OpenedInvitation, name: str, title: str) -> tuple[str, ...]:
    organisation = invitation.organisation
    said = (name, title, organisation.name, organisation.acronym)
    return text.Signature(*said, individual=invitation.individual).lines
