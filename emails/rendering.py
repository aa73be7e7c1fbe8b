"""A folder of templates and its data become the words of a mail: its subject, its text and its HTML."""

from __future__ import annotations

import functools
import gettext
import html
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from emails.errors import HeaderError
from emails.headers import fit

if TYPE_CHECKING:
    from gettext import NullTranslations as Translations

    from css_inline import CSSInliner


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says; the HTML has its styles on its elements, as mail programs want it."""

    subject: str
    text: str
    html: str


def render(templates: Path, name: str, data: Mapping[str, object], translations: Translations | None = None) -> Words:
    """
    Return the words of the folder `name` in `templates`.

    It has `subject.txt`, `body.txt` and `body.html`; the bodies know the subject as `subject`. The styles are those of
    `mail.css` beside it. Messages are said as `translations` (a gettext catalogue) has them, else as they stand.
    Raises `UndefinedError` for a name that the data lacks, `HeaderError` for a subject that no mail can have.
    """
    environment = _environment(templates, translations)
    subject = fit(_render(environment, f"{name}/subject.txt", data).strip(), "subject")
    if not subject:
        raise HeaderError("The mail has no subject. Give the letter a title.")
    bodies = {**data, "subject": subject}
    text = _render(environment, f"{name}/body.txt", bodies).strip("\n")
    return Words(subject, text, _inliner(templates).inline(_render(environment, f"{name}/body.html", bodies)))


def _render(environment: Environment, name: str, data: Mapping[str, object]) -> str:
    return environment.get_template(name).render(data)


@functools.cache
def _environment(templates: Path, translations: Translations | None) -> Environment:
    """Templates are compiled once; a name that the data lacks is an error, never an empty place."""
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    catalogue = translations or gettext.NullTranslations()
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(plain=_plain, filled=filled)
    return environment


def _plain(words: str) -> str:
    """Return a sentence that an HTML template says as a plain text mail does: in one line, with nothing escaped."""
    return re.sub("[ \n]+", " ", html.unescape(words)).strip()


def filled(words: str, width: int = 72) -> str:
    """Return such a sentence in lines of at most `width` columns; a long address stays whole."""
    return textwrap.fill(_plain(words), width, break_long_words=False, break_on_hyphens=False)


@functools.cache
def _inliner(templates: Path) -> CSSInliner:
    """What puts the styles on the elements; nothing is loaded from elsewhere, media queries stay."""
    import css_inline

    stylesheet = templates / "mail.css"
    css = stylesheet.read_text(encoding="utf-8") if stylesheet.exists() else ""
    return css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, keep_at_rules=True)
