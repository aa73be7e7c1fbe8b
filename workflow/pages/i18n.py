"""In which language a page is: the reader's own, the invitation's, the letter's, what the browser asks for."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, session
from flask_login import current_user
from markupsafe import Markup

from workflow import languages
from workflow.languages import LANGUAGES, catalogue, comma, direction, known

CHOSEN = "language"


def use_locale(language: str, of_letter: str) -> None:
    """Settle the language of a page for whoever is written to in `language`, or in that of the letter."""
    its_own = language or known(of_letter)
    g.locale = session.get(CHOSEN) or (its_own if language or its_own not in ("", "en") else asked_for())


def use_locale_asked_for() -> None:
    """Settle the language of a page that belongs to nobody yet, such as one for a link that does not work."""
    g.locale = session.get(CHOSEN) or asked_for()


def asked_for() -> str:
    """Return the first language of ours that the browser asks for; English where it asks for none of them."""
    return next((known(tag) for tag, _ in request.accept_languages if known(tag)), "en")


def choose(language: str) -> None:
    """Keep the language that a reader chose, for this browser."""
    if language in LANGUAGES:
        session[CHOSEN] = language


def get_locale() -> str:
    """Return the language of this page; where none was settled, that of whoever is signed in."""
    if "locale" not in g:
        g.locale = _of_staff()
    return str(g.locale)


def _of_staff() -> str:
    """What a member of staff has chosen, else what the browser asks for."""
    own = known(current_user.session.user.language) if current_user.is_authenticated else ""
    return own or asked_for()


def use_locale_of_staff(language: str) -> None:
    """Settle the language of a page as a member of staff has just chosen it; empty: what the browser asks for."""
    g.locale = known(language) or asked_for()


def translate(words: Any) -> Any:
    """Return a message in the language of this page; what is none as it is."""
    return languages.translate(words, get_locale()) if isinstance(words, languages.Message) else words


def gettext(message: str) -> str:
    """Return a message in the language of this page."""
    return str(catalogue(get_locale()).gettext(message))


def ngettext(one: str, more: str, number: int) -> str:
    """Return a message that depends on a number, in the language of this page."""
    return str(catalogue(get_locale()).ngettext(one, more, number))


class Hole(str):
    """What is filled in later (`skeletons`); `apart` is what stands in a sentence for it, to be set apart then."""

    apart: str

    def __new__(cls, mark: str, apart: str) -> Hole:
        """Make a hole of the marks that are looked for."""
        made = super().__new__(cls, mark)
        made.apart = apart
        return made


def _filled(message: str, values: dict[str, Any]) -> Markup:
    return Markup(message) % {name: _apart(value) for name, value in values.items()}


def _apart(value: Any) -> Any:
    if isinstance(value, Hole):
        return value.apart
    return set_apart(translate(value))


def with_title(name: str, title: str) -> str:
    """Return somebody with their title, joined by the comma of the reader's script."""
    return f"{comma(get_locale())} ".join(filter(None, (name, title)))


def set_apart(value: Any) -> Any:
    """Return what is put into a sentence of this page, set apart where it is written the other way."""
    found = languages.apart(value, get_locale())
    return Markup(found) if isinstance(value, Markup) else found


def _in_template(message: str, **values: Any) -> Markup:
    return _filled(gettext(message), values)


def _in_template_by_number(one: str, more: str, number: int, **values: Any) -> Markup:
    return _filled(ngettext(one, more, number), {"num": number, **values})


def init_app(app: Flask) -> None:
    """Let templates say `_()`, `ngettext()`, `get_locale()` and `direction()`; a message is translated where shown."""
    app.jinja_env.finalize = translate
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals.update(gettext=_in_template, ngettext=_in_template_by_number)
    app.jinja_env.globals.update(get_locale=get_locale, direction=direction, languages=LANGUAGES, Markup=Markup)
