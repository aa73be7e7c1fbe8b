"""In which language a page speaks: the reader's choice, the invitation's, the letter's, what the browser asks for."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, session
from markupsafe import Markup

from workflow import languages
from workflow.languages import LANGUAGES, catalogue, direction, known
from workflow.mails import language_of
from workflow.models import Invitation

CHOSEN = "language"


def speak_for(invitation: Invitation) -> str:
    """Settle the language of this page for a co-signer, and return it."""
    g.language = session.get(CHOSEN) or _its_own(invitation)
    return str(g.language)


def _its_own(invitation: Invitation) -> str:
    if invitation.language or known(invitation.letter.language) not in ("", "en"):
        return language_of(invitation)
    return _asked_for()


def speak_as_asked() -> None:
    """Settle the language of a page that belongs to nobody yet, such as one for a link that does not work."""
    g.language = session.get(CHOSEN) or _asked_for()


def _asked_for() -> str:
    return next((known(tag) for tag, _ in request.accept_languages if known(tag)), "en")


def choose(language: str) -> None:
    """Keep the language that a reader chose, for this browser."""
    if language in LANGUAGES:
        session[CHOSEN] = language


def spoken() -> str:
    """Return the language of this page; pages of staff are in English."""
    return str(g.get("language", "en"))


def said(words: str) -> str:
    """Return a sentence in the language of this page."""
    return languages.in_language(words, spoken())


def gettext(message: str) -> str:
    """Return a message in the language of this page."""
    return str(catalogue(spoken()).gettext(message))


def ngettext(one: str, more: str, number: int) -> str:
    """Return a message that depends on a number, in the language of this page."""
    return str(catalogue(spoken()).ngettext(one, more, number))


def _formed(message: str, values: dict[str, Any]) -> Markup:
    return Markup(message) % {name: _apart(value) for name, value in values.items()}


def _apart(value: Any) -> Any:
    set_apart = languages.apart(value, spoken())
    return Markup(set_apart) if isinstance(value, Markup) else set_apart


def _in_template(message: str, **values: Any) -> Markup:
    return _formed(gettext(message), values)


def _in_template_by_number(one: str, more: str, number: int, **values: Any) -> Markup:
    return _formed(ngettext(one, more, number), {"num": number, **values})


def teach(app: Flask) -> None:
    """Let templates speak: `_()`, `ngettext()`, the filter `said`, and the names `spoken` and `direction`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(gettext=_in_template, ngettext=_in_template_by_number)
    app.jinja_env.filters["said"] = said
    app.jinja_env.globals.update(spoken=spoken, direction=direction, languages=LANGUAGES, Markup=Markup)
