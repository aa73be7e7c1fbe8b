"""An organisation's name on a letter, put right by the coordinator after its invitation is out: it is told."""

from __future__ import annotations

from workflow import history
from workflow.campaigns import stationery
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import InputError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import characters, text, typed
from workflow.mails import renamed
from workflow.models import Invitation
from workflow.states import check
from workflow.transaction import Transaction


def rename(
    session: Transaction, letter_id: str, invitation_id: str, name: str, acronym: str, actor: Actor
) -> Invitation:
    """
    Correct how an organisation's name and acronym are printed, until the letter is approved; sign-offs stay.

    What was signed stays as it was; the organisation is told, and how to say that this is wrong.
    """
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("rename_organisation", row.state)
    name, acronym = typed.name(name, typed.LINE), typed.name(acronym, typed.LINE)
    organisation = invitation.organisation
    if not characters.is_name(name):
        raise InputError(organisation=lazy_gettext("Enter the organisation’s name in letters that can be read."))
    if (name, acronym) == (organisation.name, organisation.acronym):
        return invitation
    others = (one for one in row.invitations if one is not invitation)
    if any(one.organisation.name.casefold() == name.casefold() for one in others):
        raise InputError(organisation=lazy_gettext("Another organisation on this letter has that name."))
    before = organisation.printed_name
    organisation.name, organisation.acronym, organisation.folded = name, acronym, text.folded(name, acronym)
    said = actions.OrganisationRenamed(invitation=invitation.id, organisation_name=name, acronym=acronym)
    sequence = history.append(session, row.id, actor, said)
    renamed.queue(session, invitation, before, sequence)
    stationery.print_anew(session, row)
    return invitation
