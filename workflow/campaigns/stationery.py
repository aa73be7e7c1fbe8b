"""What is chosen of how a letter is printed: letterhead, layout, order, logos, countries, names that are withheld."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from workflow import documents, history, states
from workflow.campaigns.lookup import locked_invitation, locked_letter
from workflow.campaigns.printing import own_letterhead, store
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import code, typed
from workflow.models import Invitation, Letter, Letterhead
from workflow.transaction import Transaction

ORDERS = {
    "agreed": lazy_gettext("As listed"),
    "alphabet": lazy_gettext("Alphabetical"),
    "time": lazy_gettext("By date of signature"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """How a letter is printed: the letterhead's name or id, a `documents.Layout`, an order of `ORDERS`."""

    letterhead: str
    layout: str
    ordering: str
    room_to_sign: bool = False
    """Whether there is room above each name for a signature by hand."""
    running_header: bool = False
    """Whether each page from the second on says to whom the letter goes, its date and its number."""
    fit_pages: int | None = None
    """Into how many pages it should fit, within decent limits; None: it takes as many as it takes."""

    footer_code: bool = False
    """Whether each page says at its foot where anybody can ask if the letter is genuine."""

    @classmethod
    def of(cls, row: Letter) -> Choice:
        """Return how a letter is printed now."""
        fit = row.fit_pages
        looks = (row.room_to_sign, row.running_header, fit, row.footer_code)
        return cls(row.letterhead, row.layout, row.ordering, *looks)


MOST_PAGES = 50
"""Into more pages nobody asks a letter to fit."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a co-signer stands below the letter: its position in the list (from 1), its country, how it is named."""

    position: int
    country: str = ""
    founder: bool = False
    confidential: bool = False


def add_letterhead(
    session: Transaction, letter_id: str, name: str, compiled: documents.Compiled, actor: Actor
) -> Letterhead:
    """Keep an upload that was checked and compiled (outside of this transaction), and print the letter on it."""
    row = locked_letter(session, letter_id)
    states.check("lay_out", row.state)
    states.check("change_letterhead", row.state)
    kept = Letterhead(
        campaign_id=row.campaign_id,
        letter_id=row.id,
        name=typed.name(name, typed.LETTERHEAD) or "Our letterhead",
        docx_sha256=store(session, compiled.letterhead.source, documents.DOCX),
        found=[*compiled.found, *compiled.missing, *(f"Left out: {what}." for what in compiled.left_out)],
    )
    session.add(kept)
    session.flush()
    added = actions.LetterheadAdded(letterhead=kept.id, docx=kept.docx_sha256)
    history.append(session, row.id, actor, added)
    _choose(session, row, dataclasses.replace(Choice.of(row), letterhead=kept.id), actor)
    return kept


def choose(session: Transaction, letter_id: str, choice: Choice, actor: Actor) -> Letter:
    """Set letterhead, layout and order; documents that were made already are made anew."""
    row = locked_letter(session, letter_id)
    _choose(session, row, choice, actor)
    return row


def _choose(session: Transaction, row: Letter, choice: Choice, actor: Actor) -> None:
    states.check("lay_out", row.state)
    if choice.letterhead not in documents.BUILT_IN:
        own_letterhead(session, row, choice.letterhead)
    if choice.layout not in list(documents.Layout) or choice.ordering not in ORDERS:
        raise InputError(layout=lazy_gettext("Select a signature layout and an order."))
    if choice.fit_pages is not None and not 1 <= choice.fit_pages <= MOST_PAGES:
        most = lazy_gettext("Enter a number of pages from 1 to %(most)s, or leave it empty.", most=MOST_PAGES)
        raise InputError(fit_pages=most)
    if Choice.of(row) == choice:
        return
    if _sheet(Choice.of(row)) != _sheet(choice):
        states.check("change_letterhead", row.state)
    row.letterhead, row.layout, row.ordering = choice.letterhead, choice.layout, choice.ordering
    row.room_to_sign, row.running_header, row.fit_pages = choice.room_to_sign, choice.running_header, choice.fit_pages
    row.footer_code, row.code = choice.footer_code, row.code or code.make()
    history.append(session, row.id, actor, actions.PaperChosen(**dataclasses.asdict(choice)))
    print_anew(session, row)


def _sheet(choice: Choice) -> tuple[object, ...]:
    """What decides on the sheets that a letter may be printed on, as its approval names them."""
    return choice.letterhead, choice.running_header, choice.fit_pages, choice.footer_code


def set_logo(
    session: Transaction, letter_id: str, invitation_id: str, logo: documents.Logo, actor: Actor
) -> Invitation:
    """Give an organisation its logo."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    states.check("lay_out", row.state)
    set_logo_locked(session, invitation, logo, actor)
    return invitation


def set_logo_locked(
    session: Transaction, invitation: Invitation, logo: documents.Logo, actor: Actor, code: str = ""
) -> None:
    """Give an organisation its logo; `code` is the id of the code by mail that it took."""
    png = invitation.organisation.logo_sha256 = store(session, logo.png, "image/png")
    logo_set = actions.LogoSet(invitation=invitation.id, code=code, png=png)
    history.append(session, invitation.letter_id, actor, logo_set)
    print_anew(session, invitation.letter)


def set_standing(
    session: Transaction, letter_id: str, invitation_id: str, standing: Standing, actor: Actor
) -> Invitation:
    """Set where a co-signer stands below the letter, and whether its name is withheld."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    states.check("lay_out", row.state)
    if invitation.confidential and not standing.confidential and asked_to_be_withheld(session, invitation):
        why = f"{invitation.organisation.label} asked for its name to be withheld. Only it can change that, by signing."
        raise RefusedError(why)
    others = [one for one in row.invitations if one is not invitation]
    others.insert(max(0, min(standing.position - 1, len(others))), invitation)
    for number, one in enumerate(others, 1):
        one.position = number
    if standing.confidential and not invitation.confidential:
        _check_organisation(invitation)
        _check_unprinted(session, row, invitation)
    invitation.founder, invitation.confidential = standing.founder, standing.confidential
    country = invitation.organisation.country = typed.name(standing.country, typed.LINE)
    session.flush()
    session.expire(row, ["invitations"])
    _place(session, invitation, actor, country)
    print_anew(session, row)
    return invitation


def withhold(session: Transaction, row: Letter, invitation: Invitation, actor: Actor) -> None:
    """Withhold a co-signer's name because it asks for it; raises `RefusedError` when a stored document prints it."""
    if asked_to_be_withheld(session, invitation):
        return
    _check_organisation(invitation)
    if not invitation.confidential:
        _check_unprinted(session, row, invitation)
    _name(session, invitation, actor, withheld=True)


def print_again(session: Transaction, row: Letter, invitation: Invitation, actor: Actor) -> None:
    """Print a co-signer's name again, which was withheld because it asked for that: it asks for this too."""
    if asked_to_be_withheld(session, invitation):
        _name(session, invitation, actor, withheld=False)


def _name(session: Transaction, invitation: Invitation, actor: Actor, *, withheld: bool) -> None:
    invitation.confidential = withheld
    _place(session, invitation, actor)


def _place(session: Transaction, invitation: Invitation, actor: Actor, country: str | None = None) -> None:
    placed = actions.InvitationPlaced(
        invitation=invitation.id,
        position=invitation.position,
        founder=invitation.founder,
        confidential=invitation.confidential,
        country=country,
    )
    history.append(session, invitation.letter_id, actor, placed)


MOST_BETWEEN = 8
"""More mails than one sign-off queues."""


def asked_to_be_withheld(session: Transaction, invitation: Invitation) -> bool:
    """Whether a name is withheld because the organisation itself asked for it, as the record says."""
    if not invitation.confidential:
        return False
    # It asks as it signs, so the entry follows that of a sign-off, with those of its mails between them.
    after = [signoff.sequence + n for signoff in invitation.signoffs for n in range(1, MOST_BETWEEN + 2)]
    own = [
        entry.about["confidential"]
        for _, entry in sorted(history.entries_at(session, invitation.letter_id, after).items())
        if entry.action == actions.InvitationPlaced.NAME
        and entry.role == "cosigner"
        and entry.about["invitation"] == invitation.id
    ]
    return bool(own and own[-1])


def _check_organisation(invitation: Invitation) -> None:
    """Whoever signs in their own name is named: without it there is no signature."""
    if invitation.individual:
        raise RefusedError(lazy_gettext("Somebody who signs in their own name can’t be withheld from the letter."))


def _check_unprinted(session: Transaction, row: Letter, invitation: Invitation) -> None:
    """A name that a stored document prints cannot be withheld any more: the document is part of the evidence."""
    given = {signoff.sequence for signoff in invitation.signoffs}
    for entry in history.entries(session, row.id):
        if entry.action == actions.DocumentRendered.NAME and given & set(entry.about["signoffs"]):
            why = f"A document that names {invitation.organisation.label} has already been made and recorded."
            raise RefusedError(why)


def print_anew(session: Transaction, row: Letter) -> None:
    """Make the documents of a letter anew, where there are some: what is printed has changed."""
    if states.may("render", row.state):
        session.enqueue("render", row.id)
