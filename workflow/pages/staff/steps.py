"""The steps of a letter: each is a noun that is created."""

from __future__ import annotations

from flask import request

from workflow.campaigns import lifecycle
from workflow.pages.forms import ReasonForm
from workflow.pages.staff.acting import Answer, act, back
from workflow.pages.staff.letter import blueprint


@blueprint.post("/circulation")
def circulate(letter_id: str) -> Answer:
    """Send the text to the co-signers for review."""
    act(lifecycle.circulate, letter_id)
    return back(letter_id, "The letter is on its way to the co-signers for review.")


@blueprint.post("/sign-off")
def open_sign_off(letter_id: str) -> Answer:
    """Ask the co-signers to sign."""
    act(lifecycle.open_sign_off, letter_id, small_correction="small_correction" in request.form)
    return back(letter_id, "Sign-off is open; the co-signers have been asked to sign.")


@blueprint.post("/revision")
def revise(letter_id: str) -> Answer:
    """Take the letter back to drafting."""
    act(lifecycle.revise, letter_id, ReasonForm().reason.data or "")
    said = "The letter is in drafting again. Sign-offs count for the text that they were given for."
    return back(letter_id, said, to="draft.show")


@blueprint.post("/approval")
def approve(letter_id: str) -> Answer:
    """Close sign-off and have the documents made."""
    act(lifecycle.approve, letter_id)
    return back(letter_id, "Approved. The documents are being made.")


@blueprint.post("/reopening")
def reopen(letter_id: str) -> Answer:
    """Go back to sign-off."""
    act(lifecycle.reopen, letter_id)
    return back(letter_id, "Sign-off is open again.")


@blueprint.post("/withdrawal")
def withdraw(letter_id: str) -> Answer:
    """End the letter without sending it."""
    act(lifecycle.withdraw, letter_id, ReasonForm().reason.data or "")
    return back(letter_id, "The letter is withdrawn. Nothing was sent to the office.")
