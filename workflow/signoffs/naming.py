"""How a signatory's name is printed, put right by the signatory: the same person, the same sign-off."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.campaigns import stationery
from workflow.errors import InputError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import characters, text, typed
from workflow.mails import notice, receipt
from workflow.models import Disclosure, Signoff
from workflow.signoffs.codes import check_code
from workflow.signoffs.links import actor, locked
from workflow.states import check
from workflow.states.invitation import SIGNATORY_UNNAMED
from workflow.transaction import Transaction
from workflow.verify.persons import same_person


def correct(session: Transaction, link_id: str, name: str, title: str, code: str = "") -> Signoff:
    """
    Print another name and title for the sign-off that counts, until dispatch; what was signed stays as it was.

    A name that is not the same person's raises `InputError`: who signs is never changed. The contact, a second contact
    and the coordinator are told. `code` is the id of the code by mail that was redeemed for it.
    """
    link, invitation, letter = locked(session, link_id)
    check("correct_name", letter.state, invitation.state)
    signoff = invitation.signoff_for(letter.revision.digest) if letter.revision else None
    assert signoff is not None
    name, title = typed.name(name), typed.name(title)
    if not characters.is_name(name):
        raise InputError(name=SIGNATORY_UNNAMED)
    # Held against the name that signed, not against the last correction: small steps do not add up.
    if name != signoff.name and not same_person(_signed_as(session, signoff), name):
        raise InputError(name=ANOTHER_PERSON)
    code = check_code(session, link, "correct", code)
    if (name, title) == (signoff.name, signoff.title):
        return signoff
    before, sequence = (signoff.name, signoff.title), 0
    # A text that comes back counts with the name as it was corrected, too.
    alike = [one for one in invitation.signoffs if one.retracted_at is None and (one.name, one.title) == before]
    for one in alike:
        one.name, one.title, one.folded = name, title, text.folded(name)
        corrected = actions.SignoffCorrected(
            invitation=invitation.id, signoff=one.sequence, code=code, name=name, title=title
        )
        sequence = history.append(session, letter.id, actor(invitation), corrected)
    receipt.queue(session, signoff, "corrected", sequence)
    notice.queue(session, invitation, "corrected", sequence)
    stationery.print_anew(session, letter)
    return signoff


ANOTHER_PERSON = lazy_gettext(
    "This looks like another person’s name. Here you can only correct how the name of the person who signed is "
    "written. If somebody else signs, withdraw the signature and sign again."
)


def _signed_as(session: Transaction, signoff: Signoff) -> str:
    """The name that a sign-off was given under, as its entry commits to it; the present one where that was erased."""
    of = Disclosure.letter_id == signoff.invitation.letter_id, Disclosure.sequence == signoff.sequence
    payload = session.scalar(select(Disclosure.payload).where(*of))
    return str((payload or {}).get("name") or signoff.name)
