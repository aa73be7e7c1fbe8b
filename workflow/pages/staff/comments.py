"""What co-signers say of the text: answered, accepted into the draft, or dismissed."""

from __future__ import annotations

from workflow.campaigns import comments as campaign_comments
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import ReplyForm, checked
from workflow.pages.staff.letter import blueprint


@blueprint.post("/comments/<id:comment_id>/reply")
def reply(letter_id: str, comment_id: str) -> Answer:
    """Answer a comment."""
    act(campaign_comments.answer, letter_id, comment_id, checked(ReplyForm()).words.data)
    return back(letter_id, "Reply sent.", "comments")


@blueprint.post("/comments/<id:comment_id>/acceptance")
def accept(letter_id: str, comment_id: str) -> Answer:
    """Take a suggestion over into the draft."""
    made = campaign_comments.applied(mine(letter_id), comment_id)
    act(campaign_comments.accept, letter_id, comment_id, made=made)
    return back(letter_id, "Suggestion accepted: it is in the draft.", "comments")


@blueprint.post("/comments/<id:comment_id>/dismissal")
def dismiss(letter_id: str, comment_id: str) -> Answer:
    """Put a suggestion aside."""
    act(campaign_comments.dismiss, letter_id, comment_id)
    return back(letter_id, "Suggestion dismissed.", "comments")
