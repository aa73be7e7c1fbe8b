"""What co-signers say of the text: read thread by thread, answered, accepted into the draft, or dismissed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from workflow import accounts
from workflow.campaigns import comments as campaign_comments
from workflow.models import Letter
from workflow.pages.context import reader
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import comment_rows, head
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, mine, seen
from workflow.pages.staff.comment_rows import SHOWN, CommentRow
from workflow.pages.staff.cosigner_page import Filter, filters
from workflow.pages.staff.forms import ReplyForm, checked
from workflow.pages.staff.head import Head
from workflow.pages.staff.paging import Page, Place, place_in
from workflow.states.permissions import allowed

blueprint = Blueprint("comments", __name__, url_prefix="/letters/<id:letter_id>")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentsPage:
    """A page of the threads of a letter."""

    head: Head
    show: str
    filters: tuple[Filter, ...]
    comments: tuple[CommentRow, ...]
    previous: Place | None
    next: Place | None
    may: frozenset[str]


@blueprint.get("/comments")
def show(letter_id: str) -> str:
    """The threads: those that are open, or all."""
    row = seen(letter_id)
    shown = request.args.get("show", "")
    shown = shown if shown in SHOWN else ""
    return _page(row, shown, comment_rows.page_of(reader(), row, shown, place_in(request.args)))


def _page(row: Letter, shown: str, found: Page) -> str:
    coordinates = accounts.role_in(reader(), staff(reader()), row.campaign) == "coordinator"
    page = CommentsPage(
        head=head.of(row, coordinates),
        show=shown,
        filters=filters(SHOWN, comment_rows.counts(reader(), row), shown),
        comments=comment_rows.of(reader(), row, found.rows, coordinates),
        previous=found.previous,
        next=found.next,
        may=allowed(row.state) if coordinates else frozenset(),
    )
    return render_template("comments.html", page=page)


def _again(letter_id: str, comment_id: str) -> str:
    """The thread alone whose form was refused."""
    row = seen(letter_id)
    return _page(row, "all", Page(comment_rows.thread(reader(), row, comment_id), None, None))


show_again_on(blueprint, _again)


@blueprint.post("/comments/<id:comment_id>/reply")
def reply(letter_id: str, comment_id: str) -> Answer:
    """Answer a comment."""
    act(campaign_comments.answer, letter_id, comment_id, checked(ReplyForm()).words.data)
    return back(letter_id, "Reply sent.", to="comments.show")


@blueprint.post("/comments/<id:comment_id>/acceptance")
def accept(letter_id: str, comment_id: str) -> Answer:
    """Take a suggestion over into the draft."""
    made = campaign_comments.applied(mine(letter_id), comment_id)
    act(campaign_comments.accept, letter_id, comment_id, made=made)
    return back(letter_id, "Suggestion accepted: it is in the draft.", to="comments.show")


@blueprint.post("/comments/<id:comment_id>/dismissal")
def dismiss(letter_id: str, comment_id: str) -> Answer:
    """Put a suggestion aside."""
    act(campaign_comments.dismiss, letter_id, comment_id)
    return back(letter_id, "Suggestion dismissed.", to="comments.show")
