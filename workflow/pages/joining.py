"""
The public page of a letter: its text, and a form by which an organisation asks to join.

Nothing is asked of the database about an address before the answer, so no answer tells whether it is known. A form
takes a proof that the browser has worked, or a minute's patience; each of these is taken once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from limits import parse
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from workflow import clock, effort
from workflow.campaigns import open_call
from workflow.errors import NotFoundError, RefusedError, UnavailableError
from workflow.instance import instance
from workflow.languages import LANGUAGES, Words, joined, lazy_gettext, lazy_ngettext
from workflow.letter import characters, typed
from workflow.mails.reading import in_paragraphs
from workflow.models import Letter, OpenCall
from workflow.names import NOBODY_NAMED, NOBODY_NAMED_AMID, asked_by
from workflow.pages import i18n, paper
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.forms import Given, OneOf, an_address, block, checked, line
from workflow.pages.i18n import get_locale
from workflow.pages.paper import Sheet
from workflow.pages.rate_limits import by_network, give_back, guessed, limiter
from workflow.pages.sent_form import show_again, show_again_on
from workflow.signoffs import joining
from workflow.signoffs.joining import Asked
from workflow.tokens import hash_token

blueprint = Blueprint("joining", __name__, url_prefix="/join")
OPENED = "join"
"""The session's note of the link that was opened in this browser, by the SHA-256 of its token."""
FORM = "join"

FROM_A_NETWORK = (parse("60 per hour"), parse("180 per day"))
"""
So many that nobody has confirmed: a whole conference may be behind one address, and each that is confirmed makes room
again. In the three days that one can be confirmed, it is less than a letter takes (`joining.MOST_PENDING`).
"""
WITHOUT_PROOF = parse("5 per hour")
"""From one network, by who has waited instead."""
WITHOUT_PROOF_OF_LETTER = parse("20 per hour")

MOST_TRIES = 3
"""So often it is tried to count a proof, which waits a moment for other writers each time."""

NAME = typed.Limit(200, lazy_gettext("That is too long. Shorten it."))
SHORT = typed.Limit(60, NAME.said)
WORDS = typed.Limit(1_000, lazy_gettext("That is too long. Shorten it."))


MANY_OF_NETWORK = lazy_gettext(
    "Too many requests have come from your network that nobody has confirmed yet. If you have sent yours already, "
    "confirm it by the link in our email. If not, send this again in a few minutes, or from another network, such as "
    "your phone’s."
)
MANY = lazy_gettext("Too many requests have come in just now. Leave this page open, and send it again in an hour.")


BUSY = lazy_gettext("The server is busy just now. Send this again in a minute: nothing is lost.")


class Named:
    """Something that can be read must be there."""

    def __init__(self, why: Words) -> None:
        self._given = Given(why)  # type: ignore[arg-type]

    def __call__(self, form: FlaskForm, field: StringField) -> None:
        """Raises ValidationError where there is no letter and no digit."""
        if not characters.is_name(field.data or ""):
            field.data = ""
        self._given(form, field)


class JoinForm(FlaskForm):
    """What an organisation says of itself."""

    organisation = StringField(validators=[line(NAME), Named(lazy_gettext("Enter your organisation’s name."))])
    acronym = StringField(validators=[line(SHORT)])
    country = StringField(validators=[line(SHORT)])
    website = StringField(validators=[line(NAME)])
    name = StringField(validators=[line(NAME), Named(lazy_gettext("Enter the name of the person who may sign."))])
    title = StringField(validators=[line(NAME)])
    email = StringField(validators=[an_address, Given(lazy_gettext("Enter an email address."))])
    language = StringField(validators=[OneOf("", *LANGUAGES, why=lazy_gettext("Select a language."))])
    words = TextAreaField(validators=[block(WORDS)])
    challenge = StringField()
    effort = StringField()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """What the public page shows: nothing of who has signed."""

    address: str
    by: str
    """Who asks."""
    to: str
    """To whom the letter goes, in words."""
    title: str
    until: str
    """Until when it can be signed; empty: there is no deadline."""
    words: tuple[str, ...]
    """The coordinator's, by paragraphs."""
    sheet: Sheet | None
    """The text before the co-signers; None while it is being edited."""
    takes: bool
    challenge: str
    languages: Mapping[str, str]


@blueprint.before_request
def _speak() -> None:
    """Settle the language: what was chosen on these pages, else what the browser asks for."""
    i18n.choose(request.args.get("language", ""))
    i18n.use_locale_asked_for()


def _living(address: str) -> tuple[OpenCall, Letter]:
    """Return the call at an address; raises `NotFoundError` where none is open. Nobody guesses 122 random bits."""
    found = open_call.living(reader(), address)
    if found is None:
        raise NotFoundError("There is no such call.")
    return found


@blueprint.errorhandler(NotFoundError)
def _closed(error: NotFoundError) -> tuple[str, int]:
    """What was closed, has ended or never was looks the same."""
    return render_template("join_ended.html", tongues={}, what="closed"), 404


@blueprint.get("/<id:address>")
def show(address: str) -> str:
    """The text, who asks, and the form."""
    call, row = _living(address)
    return _page(call, row)


def _page(call: OpenCall, row: Letter) -> str:
    revision = row.revision if row.is_with_cosigners else None
    sheet = None
    if revision is not None:
        sheet = paper.of_text(paper.frozen(reader(), row.id, revision.digest), row.place, row.date, revision.number)
    names = [recipient.label for recipient in row.recipients]
    page = CallPage(
        address=call.address,
        by=asked_by(row.campaign) or NOBODY_NAMED.translate(get_locale()),
        to=joined(names, get_locale()),
        title=row.title,
        until=row.deadline_in_words(language=get_locale()),
        words=in_paragraphs(call.words),
        sheet=sheet,
        takes=open_call.takes(call, row),
        challenge=_challenge(call, row),
        languages=LANGUAGES,
    )
    return render_template("join.html", page=page, tongues=_tongues(address=call.address))


def _challenge(call: OpenCall, row: Letter) -> str:
    """The challenge that was sent, as long as it can still be answered, so that who waits need not begin again."""
    tokens, moment, given = instance().database.tokens, int(clock.seconds()), str(g.get("challenge", ""))
    if given:
        return given
    return effort.challenge(tokens, call.address, moment, effort.bits_for(joining.lately(reader(), row.id)))


def _tongues(**named: Any) -> dict[str, str]:
    return {code: url_for(request.endpoint or "", language=code, **named) for code in LANGUAGES}


show_again_on(blueprint, show, FORM)


@blueprint.post("/<id:address>")
def ask(address: str) -> tuple[str, int] | str:
    """Take what was typed; whatever it was, and of whomever, the answer is the same."""
    call, row = _living(address)
    if not open_call.takes(call, row):
        raise RefusedError(joining.CLOSED)
    given = request.form.get("challenge", "")
    verdict = effort.judge(
        instance().database.tokens, call.address, given, request.form.get("effort", ""), int(clock.seconds())
    )
    # Shown again with the same one, so that who waits or has worked need not begin anew.
    g.challenge = given if verdict in ("worked", "waited", "early") else ""
    form = checked(JoinForm())
    _check_effort(verdict, given)
    if joining.is_full(reader(), row.id, instance().afterwards.waiting):
        return _later(MANY)
    try:
        if not _may_ask(row.id, given, worked=verdict == "worked"):
            return _later(MANY_OF_NETWORK)
    except UnavailableError:
        return _later(BUSY)
    asked = Asked(
        letter_id=row.id,
        language=form.language.data or get_locale(),
        **{name: form[name].data or "" for name in _TYPED},
    )
    end_reading()
    try:
        instance().afterwards.mail(
            lambda session, _: joining.concerns(session, asked),
            lambda session, _: joining.ask(session, asked),
            asked.email,
            by_network(),
        )
    except UnavailableError:
        return _later(BUSY)
    return render_template("join_asked.html", tongues={})


_TYPED = tuple(one.name for one in dataclasses.fields(Asked) if one.name not in ("letter_id", "language"))


def _check_effort(verdict: effort.Verdict, given: str) -> None:
    """Raise `RefusedError` where neither the browser has worked nor its reader has waited."""
    if verdict == "early":
        left = effort.left_to_wait(given, int(clock.seconds()))
        raise RefusedError(
            lazy_ngettext(
                "Please wait %(num)s more second, then send it again. This holds off robots.",
                "Please wait %(num)s more seconds, then send it again. This holds off robots.",
                left,
            )
        )
    if verdict in ("wrong", "over"):
        raise RefusedError(lazy_gettext("This page was open for too long. Send it once more: nothing is lost."))


def _may_ask(letter_id: str, given: str, *, worked: bool) -> bool:
    """Count a form whose proof holds: by its network, by its letter, and each proof once; whether it is taken."""
    limits = [(limit, _network()) for limit in FROM_A_NETWORK]
    if not worked:
        limits += [(WITHOUT_PROOF, ("open calls, waited", by_network()))]
        limits += [(WITHOUT_PROOF_OF_LETTER, ("open calls, waited", letter_id))]
    if not all(limiter.limiter.test(limit, *whom) for limit, whom in limits):
        return False
    counted = (limiter.storage.incr(f"effort/{given}", effort.LASTS) for _ in range(MOST_TRIES))
    times = next(filter(None, counted), 0)
    if not times:
        raise UnavailableError("The database is too busy to count.")
    if times > 1:
        raise RefusedError(lazy_gettext("This was sent already. Check your email before you send it again."))
    for limit, whom in limits:
        limiter.limiter.hit(limit, *whom)
    return True


def _network() -> tuple[str, str]:
    return "open calls, asked", by_network()


def _later(why: Words) -> tuple[str, int]:
    """Show the form again, with what was typed, and say that it is not taken now."""
    show_again(RefusedError(why), FORM)
    return show(str((request.view_args or {})["address"])), 429


# --- the link that was mailed -----------------------------------------------------------------------------------------


@blueprint.get("/confirm/<token>")
def arrive(token: str) -> Response | tuple[str, int]:
    """Take the token out of the address: remember the link in a cookie, and go to a clean address."""
    known = hash_token(token)
    if joining.find(reader(), known) is None:
        was_sent = joining.was_sent(reader(), known)
        end_reading()
        status = 429 if not was_sent and guessed("requests to join") else 404
        return render_template("join_ended.html", tongues={}, what="ended"), status
    session[OPENED] = known
    return redirect(url_for("joining.check"), 303)


@blueprint.get("/confirm")
def check() -> str | tuple[str, int]:
    """What was typed, to be confirmed with one button; opening it changes nothing."""
    found = joining.find(reader(), str(session.get(OPENED, "")))
    if found is None:
        return render_template("join_ended.html", tongues={}, what="ended"), 404
    row = reader().get_one(Letter, found.letter_id)
    return render_template(
        "join_confirm.html",
        found=found,
        title=row.title,
        by=asked_by(row.campaign) or NOBODY_NAMED.translate(get_locale()),
        of=asked_by(row.campaign) or NOBODY_NAMED_AMID.translate(get_locale()),
        takes=joining.can_be_confirmed(reader(), found),
        languages=LANGUAGES,
        tongues=_tongues(),
    )


@blueprint.post("/confirm")
def confirm() -> Response | tuple[str, int]:
    """Confirm it; or delete it, where whoever reads the mail did not ask."""
    known = str(session.get(OPENED, ""))
    found = joining.find(reader(), known)
    if found is None:
        return render_template("join_ended.html", tongues={}, what="ended"), 404
    call = open_call.of(reader(), found.letter_id) if joining.can_be_confirmed(reader(), found) else None
    again = call.address if call is not None else ""
    do, is_first = request.form.get("do", ""), found.is_unconfirmed
    if do not in ("confirm", "delete"):
        abort(400)
    try:
        with writer() as writing:
            joining.drop(writing, known) if do == "delete" else joining.confirm(writing, known)
    except RefusedError:
        # It was closed meanwhile: the page says so.
        return str(check()), 409
    if do == "confirm" and is_first:
        for limit in FROM_A_NETWORK:
            give_back(limit, *_network())
    if do == "delete":
        session.pop(OPENED, None)
        return render_template("join_ended.html", tongues={}, what="deleted", again=again), 200
    return redirect(url_for("joining.check"), 303)
