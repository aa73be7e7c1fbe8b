"""The steps of a letter: each is a noun that is created."""

from __future__ import annotations

from flask import request

from workflow.campaigns import lifecycle
from workflow.pages.i18n import gettext
from workflow.pages.staff.acting import Answer, act, back
from workflow.pages.staff.ask import step
from workflow.pages.staff.forms import ReasonForm, SeenForm, checked
from workflow.pages.staff.letter import blueprint


@blueprint.post("/circulation")
def circulate(letter_id: str) -> Answer:
    """Send the text to the co-signers for review."""
    return step(
        letter_id,
        "circulate",
        lifecycle.circulate,
        lambda _: gettext("Sent for review. We’re emailing the co-signers."),
    )


@blueprint.post("/sign-off")
def open_sign_off(letter_id: str) -> Answer:
    """Ask the co-signers to sign."""
    return step(
        letter_id,
        "open_sign_off",
        lifecycle.open_sign_off,
        lambda _: gettext("Open for signature. We’re emailing the co-signers."),
        small_correction="small_correction" in request.form,
    )


@blueprint.post("/revision")
def revise(letter_id: str) -> Answer:
    """Take the letter back to drafting."""
    form = checked(ReasonForm())
    act(lifecycle.revise, letter_id, form.reason.data, seen=form.seen)
    said = gettext("Back to draft. Organisations that signed will have to confirm the new version.")
    return back(letter_id, said, to="draft.show")


@blueprint.post("/approval")
def approve(letter_id: str) -> Answer:
    """Close sign-off and have the documents made."""
    act(lifecycle.approve, letter_id, seen=checked(SeenForm()).seen)
    return back(letter_id, gettext("Signing is closed. We’re preparing the final documents."))


@blueprint.post("/reopening")
def reopen(letter_id: str) -> Answer:
    """Go back to sign-off."""
    return step(letter_id, "reopen", lifecycle.reopen, lambda _: gettext("Open for signature again."))


@blueprint.post("/withdrawal")
def withdraw(letter_id: str) -> Answer:
    """End the letter without sending it."""
    form = checked(ReasonForm())
    act(lifecycle.withdraw, letter_id, form.reason.data, seen=form.seen)
    return back(letter_id, gettext("Letter cancelled. Nothing was sent to the recipient."))
