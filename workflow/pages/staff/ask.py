"""
Check before sending: whatever emails more than one person is shown first, to the number, and can be tried on oneself.

What is checked here is sent by the address of the step itself, together with what was seen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from limits import parse

from workflow.campaigns import drafts, notes, readers
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.readers import Seen
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.languages import LANGUAGES, Words, lazy_gettext, lazy_ngettext
from workflow.mails import samples
from workflow.models import User
from workflow.pages.context import reader, writer
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.security import MAIL_CSP
from workflow.pages.sent_form import show_again, show_again_on
from workflow.pages.staff import ask_page
from workflow.pages.staff.acting import Answer, act, back, member_for, mine
from workflow.pages.staff.forms import AskForm, checked

blueprint = Blueprint("ask", __name__, url_prefix="/letters/<id:letter_id>/ask")
FORM = "ask"
"""The name of the one form, wherever it is sent."""

TESTS = parse("10 per hour")
"""Test emails to one member of staff."""


@blueprint.get("")
def show(letter_id: str) -> str:
    """Whom an act will email, with which words, and how that will look."""
    return _page(letter_id, request.values.get("act", ""), request.values.get("small_correction") == "y")


def _page(letter_id: str, name: str, small_correction: bool) -> str:
    language, some = (request.values.get(asked, "") for asked in ("language", "some"))
    page = ask_page.of(reader(), mine(letter_id), name, language, small_correction, some)
    return render_template("ask.html", page=page)


show_again_on(blueprint, show, FORM)


@blueprint.post("")
def save(letter_id: str) -> Answer:
    """Keep what is being written, and the deadline, and show how it will look."""
    _write(letter_id)
    return _again(letter_id)


@blueprint.post("/test")
def test(letter_id: str) -> Answer:
    """Email the sample to who asks, as a test."""
    member_id = member_for(letter_id).id
    _write(letter_id)
    count_test()
    with writer() as session:
        member = session.get_one(User, member_id)
        made = ask_page.sample(
            session,
            locked_letter(session, letter_id),
            request.form.get("act", ""),
            request.form.get("language", ""),
            small_correction="small_correction" in request.form,
            some=request.form.get("some", ""),
        )
        if made is None:
            raise RefusedError(lazy_gettext("Nobody would get this email, so there is none to test."))
        samples.queue(session, made, member)
        address = member.email
    return _again(letter_id, lazy_gettext("A test is on its way to %(address)s.", address=address))


@blueprint.get("/sample")
def sample(letter_id: str) -> Response:
    """The sample's HTML, shut in: no script, nothing from elsewhere."""
    wanted, language, minor = (request.args.get(name, "") for name in ("act", "language", "small_correction"))
    if wanted not in ask_page.STEPS:
        raise NotFoundError("There is no such step.")
    some = request.args.get("some", "")
    made = ask_page.sample(reader(), mine(letter_id), wanted, language, small_correction=minor == "y", some=some)
    if made is None:
        raise NotFoundError("Nobody gets this email.")
    answer = make_response(made.words.html)
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


def count_test() -> None:
    """Count a test email of who asks; raises `RefusedError` where there were too many."""
    if not limiter.limiter.hit(TESTS, "tests", by_member()):
        raise RefusedError(
            lazy_ngettext(
                "You have had %(num)s test email within an hour. Wait a little before the next one.",
                "You have had %(num)s test emails within an hour. Wait a little before the next one.",
                TESTS.amount,
            )
        )


def _write(letter_id: str) -> None:
    """Keep the paragraph that is being written; the deadline is set where the form has a field for it."""
    form = checked(AskForm())
    act(notes.write, letter_id, words_of(form))
    if form.deadline.data is not None:
        letter = mine(letter_id)
        deadline = form.deadline.data.replace(tzinfo=ZoneInfo(letter.timezone))
        # Whom a deadline that moves concerns is shown elsewhere: here it is set while that is nobody.
        act(drafts.set_deadline, letter_id, deadline, seen=Seen(0, readers.mark(letter)))


def _again(letter_id: str, said: Any = "") -> Answer:
    named = ("act", "language", "small_correction", "some")
    asked = {name: request.form[name] for name in named if request.form.get(name)}
    return back(letter_id, said, to="ask.show", **asked)


def words_of(form: AskForm) -> dict[str, str]:
    """Return the paragraph that a form brings, by language."""
    return {language: form[f"note_{language}"].data or "" for language in LANGUAGES}


def step(
    letter_id: str,
    name: str,
    do: Callable[..., Any],
    said: Callable[[Any], Words],
    *,
    to: str = "letter.show",
    small_correction: bool = False,
) -> Answer:
    """
    Do an act that was checked before, with the words that go with it; `said` tells what was done, from what it returns.

    Without what was seen it is shown first; where something else would be sent now, it is shown again, with a word.
    """
    member_for(letter_id)
    minor = {"small_correction": True} if small_correction else {}
    if "number" not in request.form:
        asked, some = "y" if small_correction else None, request.form.get("some") or None
        return redirect(url_for("ask.show", letter_id=letter_id, act=name, small_correction=asked, some=some), 303)
    words: dict[str, str] = {}
    try:
        form = checked(AskForm())
        words = words_of(form)
        done = act(do, letter_id, note=words, seen=form.seen or Seen(0, ""), **minor)
    except RefusedError as refused:
        if not isinstance(refused, InputError):
            with contextlib.suppress(RefusedError):
                act(notes.write, letter_id, words)
        status = show_again(refused, FORM)
        return _page(letter_id, name, small_correction), status
    return back(letter_id, said(done), to=to)
