"""Erasing, for admins: a person or a letter, looked at before it is done; legal holds; what was erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from workflow import erasure, history
from workflow.campaigns.lookup import locked_letter
from workflow.erasure import acts, holds, outside
from workflow.erasure.looking import Plan, WholeLetter
from workflow.errors import InputError
from workflow.languages import Message, in_zone, lazy_gettext
from workflow.models import Erasure, Letter
from workflow.pages.context import reader, writer
from workflow.pages.i18n import get_locale, gettext
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff.account import admin
from workflow.pages.staff.forms import EraseForm, EraseReplyForm, HoldForm, LookForm, checked

blueprint = Blueprint("erasing", __name__, url_prefix="/admin/erasure")
MOST_SHOWN = 30

WHAT = {
    "person": lazy_gettext("a person"),
    "letter": lazy_gettext("a letter"),
    "reply": lazy_gettext("a reply from a recipient"),
}
LEFT = {
    "hold": lazy_gettext("under a legal hold"),
    "open": lazy_gettext("not over yet, and this person is asked there: cancel the invitation first, or wait"),
    "sending": lazy_gettext("an email to them is just being sent: the rest follows in a minute"),
    "waiting": lazy_gettext("an email that names them waits to be sent: erase them again when it was sent"),
}
"""Why a letter is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An erasure, as the list shows it."""

    what: Message
    at: str
    under_way: bool
    ground: Message
    number: int
    """How many openings of entries went."""
    left: int
    """How many letters were left as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A letter under a legal hold."""

    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page shows."""

    wanted: str
    documents: bool
    plan: Plan | None
    letter: Letter | None
    whole: WholeLetter | None
    left: dict[str, Message]
    grounds: dict[str, Message]
    held: tuple[Held, ...]
    done: tuple[Done, ...]
    to_repeat: int


@blueprint.get("")
def show() -> str:
    """The form that asks for an address or a letter; holds; what was erased."""
    return _page(request.form.get("wanted", "") if request.method == "POST" else "")


@blueprint.post("/look")
def look() -> str:
    """What would go and what would stay; nothing is changed. The address stands in no address of a page."""
    form = checked(LookForm())
    return _page((form.wanted.data or "").strip())


def _page(wanted: str) -> str:
    session, documents = reader(), bool(request.form.get("documents"))
    plan = erasure.look_for(session, wanted, documents=documents) if "@" in wanted else None
    letter = _letter(wanted) if wanted and plan is None else None
    page = Page(
        wanted=wanted,
        documents=documents,
        plan=plan,
        letter=letter,
        whole=erasure.look_at_letter(session, letter) if letter else None,
        left=LEFT,
        grounds={"": lazy_gettext("Select"), **acts.GROUNDS},
        held=tuple(Held(id=one.id, title=one.title, reason=one.legal_hold) for one in holds.held(session)),
        done=_done(),
        to_repeat=len(outside.to_repeat(session)),
    )
    return render_template("erasing.html", page=page)


def _letter(wanted: str) -> Letter | None:
    """The letter whose id, or the address of whose page, was entered."""
    letter_id = wanted.rstrip("/").rpartition("/")[2].lower()
    return reader().get(Letter, letter_id) if letter_id.isalnum() else None


def _done() -> tuple[Done, ...]:
    newest = select(Erasure).order_by(Erasure.begun_at.desc(), Erasure.id).limit(MOST_SHOWN)
    zone = admin(reader()).timezone or "UTC"
    return tuple(
        Done(
            what=WHAT[one.what],
            at=in_zone(one.begun_at, zone, get_locale()),
            under_way=one.ended_at is None,
            ground=acts.GROUNDS.get(one.ground, lazy_gettext("Another reason")),
            number=int((one.done or {}).get("openings", 0)),
            left=len((one.done or {}).get("left") or {}),
        )
        for one in reader().scalars(newest)
    )


show_again_on(blueprint, show)


def _same(form: EraseForm) -> str:
    """Return what is to be erased, typed twice; raises `InputError` where it is not the same."""
    wanted, again = (str(field.data or "").strip() for field in (form.wanted, form.again))
    if wanted.casefold() != again.casefold():
        raise InputError(again=lazy_gettext("This is not the same. Nothing was erased."))
    return wanted


@blueprint.post("/person")
def person() -> Response:
    """Erase somebody everywhere."""
    form = checked(EraseForm())
    wanted, ground, documents = _same(form), form.ground.data or "", bool(form.documents.data)
    return _begin(lambda writing, by: erasure.begin_person(writing, wanted, ground, by, documents=documents))


@blueprint.post("/letter")
def letter() -> Response:
    """Erase a whole letter."""
    form = checked(EraseForm())
    wanted = _same(form)
    return _begin(lambda writing, by: erasure.begin_letter(writing, wanted, form.ground.data or "", by))


@blueprint.post("/reply")
def reply() -> Response:
    """Erase one reply of an office, with its file."""
    form = checked(EraseReplyForm())
    of, ground = (form.letter.data or "", form.reply.data or ""), form.ground.data or ""
    return _begin(lambda writing, by: erasure.begin_reply(writing, *of, ground, by))


def _begin(begin: Any) -> Response:
    by = history.coordinator(admin(reader()).id)
    with writer() as writing:
        begin(writing, by)
    return _back(gettext("It is being erased. Below stands how far it is."))


@blueprint.post("/hold")
def hold() -> Response:
    """Put a letter under a legal hold."""
    form, by = checked(HoldForm()), history.coordinator(admin(reader()).id)
    with writer() as writing:
        locked_letter(writing, form.letter.data or "")
        holds.hold(writing, form.letter.data or "", form.reason.data or "", by)
    return _back(gettext("The letter is under a legal hold."))


@blueprint.post("/<id:letter_id>/release")
def release(letter_id: str) -> Response:
    """Lift a legal hold."""
    by = history.coordinator(admin(reader()).id)
    with writer() as writing:
        holds.release(writing, letter_id, by)
    return _back(gettext("The legal hold is lifted."))


def _back(said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("erasing.show"), 303)
