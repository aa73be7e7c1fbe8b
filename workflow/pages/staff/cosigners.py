"""The co-signers of a letter: invited, reached, asked again."""

from __future__ import annotations

from typing import Any

from workflow.campaigns import invitations
from workflow.letter import text
from workflow.pages.staff.acting import Answer, act, back
from workflow.pages.staff.forms import CosignerForm, EmailForm, ReaderForm, SecondContactForm, checked
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
    return back(letter_id, f"{cosigner.organisation} added.", "cosigners")


def _changed(do: Any, letter_id: str, invitation_id: str, *given: Any, said: str = "Saved.", **named: Any) -> Answer:
    """Do one act on an invitation, and lead back to its row."""
    act(do, letter_id, invitation_id, *given, **named)
    return back(letter_id, said, f"i{invitation_id}")


@blueprint.post("/invitations/<id:invitation_id>/contact")
def contact(letter_id: str, invitation_id: str) -> Answer:
    """Give a co-signer's contact address."""
    return _changed(invitations.set_contact, letter_id, invitation_id, checked(EmailForm()).email.data)


@blueprint.post("/invitations/<id:invitation_id>/second-contact")
def second_contact(letter_id: str, invitation_id: str) -> Answer:
    """Name who else of an organisation is told of its sign-offs; an empty address: nobody."""
    address = (checked(SecondContactForm()).email.data or "").strip()
    return _changed(invitations.set_second_contact, letter_id, invitation_id, address)


@blueprint.post("/invitations/<id:invitation_id>/reader")
def set_reader(letter_id: str, invitation_id: str) -> Answer:
    """Set the language and the time zone of a co-signer."""
    form = checked(ReaderForm())
    return _changed(
        invitations.set_reader,
        letter_id,
        invitation_id,
        language=form.language.data or "",
        timezone=form.timezone.data or "",
    )


@blueprint.post("/invitations/<id:invitation_id>/link")
def resend(letter_id: str, invitation_id: str) -> Answer:
    """Email a new link."""
    return _changed(invitations.resend, letter_id, invitation_id, said="Invitation resent.")


@blueprint.post("/invitations/<id:invitation_id>/revocation")
def revoke(letter_id: str, invitation_id: str) -> Answer:
    """Cancel the invitation."""
    return _changed(invitations.revoke, letter_id, invitation_id, said="Invitation cancelled.")


@blueprint.post("/invitations/<id:invitation_id>/renewal")
def reinvite(letter_id: str, invitation_id: str) -> Answer:
    """Ask the organisation again."""
    return _changed(invitations.reinvite, letter_id, invitation_id, said="Invited again.")


@blueprint.post("/links")
def replace_links(letter_id: str) -> Answer:
    """End every link of a letter, and email new ones to who still has to answer."""
    ended = act(invitations.replace_links, letter_id)
    said = f"Links replaced: {ended}. We’re emailing a new one to everyone who still has to answer."
    return back(letter_id, said, "cosigners")
