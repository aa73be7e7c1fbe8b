"""A form that was sent and not taken is shown again where it stands: as it was typed, with what is wrong beside it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, g, request

from workflow.errors import InputError, RefusedError
from workflow.languages import Words, lazy_gettext
from workflow.pages.context import end_reading


@dataclass(frozen=True, slots=True)
class SentForm:
    """What a request brought in a form; an empty one where none came, or all is well."""

    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Words] = field(default_factory=dict)
    """What is wrong, by the name of the field."""
    refused: tuple[Words, ...] = ()
    """Why the whole could not be done, whatever the fields say."""

    def value(self, form: str, name: str, kept: Any) -> Any:
        """Return what a field shows: what was typed into it, else what is kept."""
        return self.typed.get(name, "") if form == self.name else kept

    def ticked(self, form: str, name: str, kept: bool) -> bool:
        """Return whether a box is ticked: as it was sent, else as it is kept."""
        return self.typed.get(name) == "y" if form == self.name else kept

    def error(self, form: str, name: str) -> Words:
        """Return what is wrong with a field, or nothing."""
        return self.wrong.get(name, "") if form == self.name else ""

    def refusals(self, form: str) -> tuple[Words, ...]:
        """Return why a form as a whole was refused."""
        return self.refused if form == self.name else ()

    def is_below(self, *forms: str) -> bool:
        """Return whether this form is one of those, or stands below one: what is folded away is opened for it."""
        return any(self.name == form or self.name.startswith(f"{form}-") for form in forms)

    @property
    def problems(self) -> list[tuple[str, Words]]:
        """All that is wrong, each with the id of what on the page it is about."""
        fields = [(f"{self.name}-{name}", words) for name, words in self.wrong.items()]
        return [*fields, *((self.name, reason) for reason in self.refused)]

    @property
    def before_title(self) -> Words:
        """What the title of the page begins with, so that it is the first that is read out."""
        return lazy_gettext("Error: ") if self.problems else ""


NOTHING_SENT = SentForm()
_LETTER = re.compile(r"^/(letters|review)/[0-9a-f]{32}/")


def form_name(address: str) -> str:
    """Return the name of the form that is sent to an address: its path, without the letter's or the invitation's."""
    return _LETTER.sub("", address).strip("/").replace("/", "-")


def sent_form() -> SentForm:
    """Return the form that this request brought and that was not taken."""
    found: SentForm = g.get("sent_form", NOTHING_SENT)
    return found


def show_again(error: RefusedError, name: str = "") -> int:
    """
    Have the page that is answered with show what was sent and what is wrong; returns the status of the answer.

    `name` is that of the form, where it is not the one of its address.
    """
    end_reading()
    wrong = error.fields if isinstance(error, InputError) else {}
    refused = tuple(reason for reason in error.reasons if reason not in wrong.values())
    g.sent_form = SentForm(name or form_name(request.path), _typed(), wrong, refused)
    return 400 if isinstance(error, InputError) else 409


def show_typed(name: str = "") -> None:
    """
    Have the page show again what was typed: nothing is wrong, and nothing is done.

    `name` is that of the form, where it is not the one of its address.
    """
    g.sent_form = SentForm(name or form_name(request.path), _typed())


def _typed() -> dict[str, str]:
    return {name: words for name, words in request.form.items() if name != "csrf_token"}


def show_again_on(blueprint: Blueprint, page: Callable[..., str], name: str = "") -> None:
    """
    Answer what is refused on this blueprint's addresses with the page on which its forms stand.

    400 where something typed is wrong, 409 where it cannot be done now. `page` takes what it names of the address;
    `name` is that of the form, where several addresses take the same one.
    """
    taken = inspect.signature(page).parameters

    @blueprint.errorhandler(RefusedError)
    def again(error: RefusedError) -> tuple[str, int]:
        status = show_again(error, name)
        return page(**{name: value for name, value in (request.view_args or {}).items() if name in taken}), status


def init_app(app: Flask) -> None:
    """Let templates ask for the form that was sent, and for the name of one."""
    app.jinja_env.globals["sent_form"] = sent_form
    app.jinja_env.filters["form_name"] = form_name
