"""Where mails came back: an address works after all, an answer by mail was read, what waits leaves all the same."""

from __future__ import annotations

from workflow.campaigns import returned
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.pages.staff.acting import Answer, act, back
from workflow.pages.staff.cosigners import blueprint
from workflow.transaction import Transaction

NOW_SENT = lazy_gettext("Emails go to this address again.")


@blueprint.post("/invitations/<id:invitation_id>/works")
def works(letter_id: str, invitation_id: str) -> Answer:
    """Say that the address of a co-signer works."""
    act(returned.works_after_all, letter_id, invitation_id)
    return back(letter_id, NOW_SENT, to="invitations.one", invitation_id=invitation_id)


@blueprint.post("/replies/<id:incoming_id>/read")
def read(letter_id: str, incoming_id: str) -> Answer:
    """Say that an answer by mail was read."""
    invitation_id = act(_read, letter_id, incoming_id)
    if invitation_id is None:
        return back(letter_id, "Saved.", to="invitations.show")
    return back(letter_id, "Saved.", to="invitations.one", invitation_id=invitation_id)


def _read(session: Transaction, letter_id: str, incoming_id: str, actor: Actor) -> str | None:
    return returned.read_reply(session, letter_id, incoming_id, actor).invitation_id


@blueprint.post("/deliveries/<id:delivery_id>/anyway")
def send_anyway(letter_id: str, delivery_id: str) -> Answer:
    """Let a mail leave that waits because others to its address came back."""
    act(returned.send_anyway, letter_id, delivery_id)
    return back(letter_id, NOW_SENT, to="letter.emails")
