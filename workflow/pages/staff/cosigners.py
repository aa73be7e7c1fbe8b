"""The co-signers of a letter: invited, reached, asked again."""

from __future__ import annotations

from flask import request

from workflow.campaigns import invitations
from workflow.letter import text
from workflow.pages.forms import CosignerForm, EmailForm, ReaderForm
from workflow.pages.staff.acting import Answer, act, back, checked
from workflow.pages.staff.letter import blueprint


@blueprint.post("/invitations")
def invite(letter_id: str) -> Answer:
    """Add a co-signer."""
    form = checked(CosignerForm())
    cosigner = text.Cosigner(
        organisation=form.organisation.data or "",
        acronym=form.acronym.data or "",
        signatory=form.signatory.data or "",
        title=form.title.data or "",
        email=form.email.data or "",
        required=bool(form.required.data),
    )
    act(invitations.invite, letter_id, cosigner)
    return back(letter_id, f"{cosigner.organisation} is on the list.")


@blueprint.post("/invitations/<id:invitation_id>/contact")
def contact(letter_id: str, invitation_id: str) -> Answer:
    """Give a co-signer's contact address."""
    act(invitations.set_contact, letter_id, invitation_id, checked(EmailForm()).email.data)
    return back(letter_id)


@blueprint.post("/invitations/<id:invitation_id>/second-contact")
def second_contact(letter_id: str, invitation_id: str) -> Answer:
    """Name who else of an organisation is told of its sign-offs; an empty address: nobody."""
    address = checked(EmailForm()).email.data if request.form.get("email", "").strip() else ""
    act(invitations.set_second_contact, letter_id, invitation_id, address)
    return back(letter_id)


@blueprint.post("/invitations/<id:invitation_id>/reader")
def set_reader(letter_id: str, invitation_id: str) -> Answer:
    """Set the language and the time zone of a co-signer."""
    form = ReaderForm()
    act(invitations.set_reader, letter_id, invitation_id, form.language.data or "", form.timezone.data or "")
    return back(letter_id)


@blueprint.post("/invitations/<id:invitation_id>/link")
def resend(letter_id: str, invitation_id: str) -> Answer:
    """Mail a new link."""
    act(invitations.resend, letter_id, invitation_id)
    return back(letter_id, "Done; it is on the record.")


@blueprint.post("/invitations/<id:invitation_id>/revocation")
def revoke(letter_id: str, invitation_id: str) -> Answer:
    """Take the invitation back."""
    act(invitations.revoke, letter_id, invitation_id)
    return back(letter_id, "Done; it is on the record.")


@blueprint.post("/invitations/<id:invitation_id>/renewal")
def reinvite(letter_id: str, invitation_id: str) -> Answer:
    """Ask the organisation again."""
    act(invitations.reinvite, letter_id, invitation_id)
    return back(letter_id, "Done; it is on the record.")


@blueprint.post("/links")
def replace_links(letter_id: str) -> Answer:
    """End every link of a letter, and mail new ones to who still has to answer."""
    ended = act(invitations.replace_links, letter_id)
    return back(letter_id, f"{ended} links have ended; new ones are on their way to who still has to answer.")
