"""What co-signers say of the text: read thread by thread, answered, accepted into the draft, or dismissed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for

from workflow import accounts
from workflow.campaigns import comments as campaign_comments
from workflow.campaigns import readers, telling
from workflow.languages import Words
from workflow.models import Letter
from workflow.pages import paper
from workflow.pages.context import reader
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.paper import Sheet
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import agreements, comment_rows, head, steps_offered
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, mine, seen
from workflow.pages.staff.agreements import Outlook
from workflow.pages.staff.comment_rows import SHOWN, CommentRow
from workflow.pages.staff.cosigner_page import Filter, filters
from workflow.pages.staff.forms import ReasonForm, ReplyForm, checked
from workflow.pages.staff.head import Head
from workflow.pages.staff.paging import Page, Place, place_in
from workflow.states.permissions import allowed

blueprint = Blueprint("comments", __name__, url_prefix="/letters/<id:letter_id>")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentsPage:
    """A page of the threads of a letter."""

    head: Head
    show: str
    paragraph: int | None
    """The one whose threads alone are shown."""
    filters: tuple[Filter, ...]
    paper: Sheet
    """The text that is talked about, without names."""
    open_on: Mapping[int, int]
    """How many threads are open, by paragraph."""
    comments: tuple[CommentRow, ...]
    chosen: int
    """How many suggestions are chosen for the next version."""
    reason: str
    """Why there is a new version, as it is proposed."""
    number: int
    """Of the version that comes next."""
    emails: Words
    """Whom it emails that the letter goes back to its draft for that; empty: nobody."""
    told: int
    mark: str
    """How many emails that is, and of which state of the letter: what is compared."""
    agreements: Outlook
    """What becomes of agreements once the text is opened: with what is chosen in, where something is."""
    previous: Place | None
    next: Place | None
    may: frozenset[str]


@blueprint.get("/comments")
def show(letter_id: str) -> str:
    """The threads: those that are open, or all."""
    row = seen(letter_id)
    return _page(row, *_asked(row))


def _asked(row: Letter) -> tuple[str, Page, int | None]:
    shown, paragraph = request.args.get("show", ""), request.args.get("paragraph", type=int)
    shown = shown if shown in SHOWN else ""
    return shown, comment_rows.page_of(reader(), row, shown, place_in(request.args), paragraph=paragraph), paragraph


def _page(row: Letter, shown: str, found: Page, paragraph: int | None = None) -> str:
    coordinates = accounts.role_in(reader(), staff(reader()), row.campaign) == "coordinator"
    counted, sheet = comment_rows.counts(reader(), row), paper.of_letter(reader(), row)
    chosen = campaign_comments.chosen_of(reader(), row.id) if coordinates and counted["chosen"] else []
    told = telling.numbers(reader(), row)["revise"] if chosen and not row.is_draft else 0
    page = CommentsPage(
        head=head.of(row, coordinates),
        show=shown,
        paragraph=paragraph,
        filters=filters(SHOWN, counted, shown),
        paper=replace(sheet, signatures=(), more=0, withheld=""),
        open_on=comment_rows.open_on(reader(), row),
        comments=comment_rows.of(reader(), row, found.rows, coordinates),
        chosen=len(chosen),
        reason=campaign_comments.neutral_reason(row, chosen) if chosen else "",
        number=max((revision.number for revision in row.revisions), default=0) + 1,
        emails=steps_offered.emails("revise", told),
        told=told,
        mark=readers.mark(row),
        agreements=agreements.outlook(reader(), row, coordinates, campaign_comments.chosen_applied(row, chosen)),
        previous=found.previous,
        next=found.next,
        may=allowed(row.state) if coordinates else frozenset(),
    )
    return render_template("comments.html", page=page)


def _again(letter_id: str, comment_id: str = "") -> str:
    """The thread alone whose form was refused; all of them where it was the form for those that are chosen."""
    row = seen(letter_id)
    if not comment_id:
        return _page(row, *_asked(row))
    return _page(row, "all", Page(comment_rows.thread(reader(), row, comment_id), None, None))


show_again_on(blueprint, _again)


@blueprint.post("/comments/<id:comment_id>/reply")
def reply(letter_id: str, comment_id: str) -> Answer:
    """Answer a comment."""
    act(campaign_comments.answer, letter_id, comment_id, checked(ReplyForm()).words.data)
    return back(letter_id, gettext("Reply sent."), to="comments.show")


@blueprint.post("/comments/<id:comment_id>/acceptance")
def accept(letter_id: str, comment_id: str) -> Answer:
    """Take a suggestion over into the draft."""
    made = campaign_comments.applied(mine(letter_id), comment_id)
    act(campaign_comments.accept, letter_id, comment_id, made=made)
    return back(letter_id, gettext("Suggestion accepted: it is in the draft."), to="comments.show")


@blueprint.post("/comments/<id:comment_id>/choice")
def choose(letter_id: str, comment_id: str) -> Answer:
    """Choose a suggestion for the next version, or choose it no more."""
    act(campaign_comments.choose, letter_id, comment_id, chosen="chosen" in request.form)
    return back(letter_id, to="comments.show", anchor=f"c{comment_id}", show=request.args.get("show") or None)


@blueprint.post("/comments/acceptance")
def accept_chosen(letter_id: str) -> Answer:
    """Take the suggestions that are chosen over into one new version, which is checked before it is sent."""
    form, row = checked(ReasonForm()), mine(letter_id)
    reviewed, made = row.is_in_review, campaign_comments.all_applied(row)
    was_out = not row.is_draft
    number = act(campaign_comments.accept_chosen, letter_id, form.reason.data or "", made=made, seen=form.seen)
    said = ngettext("%(num)s edit is in the draft.", "%(num)s edits are in the draft.", number) % {"num": number}
    if not was_out:
        return back(letter_id, said, to="comments.show")
    flash(said, "done")
    step = "circulate" if reviewed else "open_sign_off"
    return redirect(url_for("ask.show", letter_id=letter_id, act=step), 303)


@blueprint.post("/comments/<id:comment_id>/dismissal")
def dismiss(letter_id: str, comment_id: str) -> Answer:
    """Put a suggestion aside."""
    act(campaign_comments.dismiss, letter_id, comment_id)
    return back(letter_id, gettext("Suggestion dismissed."), to="comments.show")
