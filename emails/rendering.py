"""A folder of templates and its data become the words of a mail: its subject, its text and its HTML."""

from __future__ import annotations

import functools
import gettext
import html
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from emails.errors import HeaderError
from emails.headers import fit

if TYPE_CHECKING:
    from gettext import NullTranslations as Translations

    from css_inline import CSSInliner


COLUMNS = 72
OTHER_BLANKS = "\t\x0b\x0c\r"
"""What `textwrap` takes for blanks besides the two that are made single before."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says; the HTML has its styles on its elements, as mail programs want it."""

    subject: str
    text: str
    html: str


class Marking(Protocol):
    """How values that differ from mail to mail are marked in its words."""

    subject: str
    """What stands for a subject that holds one of them."""

    def is_in(self, words: str) -> bool:
        """Whether words hold a mark."""

    def line(self, words: str) -> str:
        """Return a sentence as `plain` does; raises ValueError for one that holds a mark."""

    def paragraph(self, words: str) -> str:
        """Return a sentence as `filled` does, or one that holds a mark as a paragraph to be filled."""


def render(
    templates: Path,
    name: str,
    data: Mapping[str, object],
    translations: Translations | None = None,
    marking: Marking | None = None,
) -> Words:
    """
    Return the words of the folder `name` in `templates`; with `marking`, of all mails that differ in what is marked.

    It has `subject.txt`, `body.txt` and `body.html`; the bodies know the subject as `subject`. The styles are those of
    `mail.css` beside it. Messages are said as `translations` (a gettext catalogue) has them, else as they stand.
    Raises `UndefinedError` for a name that the data lacks, `HeaderError` for a subject that no mail can have.
    """
    environment = _environment(
        templates, translations, *((marking.line, marking.paragraph) if marking else (plain, filled))
    )
    subject = checked_subject(_render(environment, f"{name}/subject.txt", data))
    bodies = {**data, "subject": marking.subject if marking and marking.is_in(subject) else subject}
    text = _render(environment, f"{name}/body.txt", bodies).strip("\n")
    return Words(subject, text, _inliner(templates).inline(_render(environment, f"{name}/body.html", bodies)))


def checked_subject(words: str) -> str:
    """Return a subject as a header has it; raises `HeaderError` for one that no mail can have."""
    subject = fit(words.strip(), "subject")
    if not subject:
        raise HeaderError("The mail has no subject. Give the letter a title.")
    return subject


def _render(environment: Environment, name: str, data: Mapping[str, object]) -> str:
    return environment.get_template(name).render(data)


@functools.cache
def _environment(
    templates: Path, translations: Translations | None, line: Callable[[str], str], paragraph: Callable[[str], str]
) -> Environment:
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
    environment.filters.update(plain=line, filled=paragraph)
    return environment


def plain(words: str) -> str:
    """Return a sentence that an HTML template says as a plain text mail does: in one line, with nothing escaped."""
    return _in_one_line(html.unescape(words))


def filled(words: str) -> str:
    """Return such a sentence in lines of at most 72 columns; a long address stays whole."""
    return set_in_lines(html.unescape(words))


def set_in_lines(words: str) -> str:
    """Return words in lines of at most 72 columns, broken at blanks alone."""
    line = _in_one_line(words)
    if any(blank in line for blank in OTHER_BLANKS):
        return textwrap.fill(line, COLUMNS, break_long_words=False, break_on_hyphens=False)
    # The same for what has single blanks only: `textwrap` takes ten times as long.
    lines, start = [], 0
    while len(line) - start > COLUMNS:
        end = line.rfind(" ", start, start + COLUMNS + 1)
        end = end if end > start else line.find(" ", start + COLUMNS)
        if end < 0:
            break
        lines.append(line[start:end])
        start = end + 1
    return "\n".join([*lines, line[start:]])


def _in_one_line(words: str) -> str:
    line = words.replace("\n", " ")
    while "  " in line:
        line = line.replace("  ", " ")
    return line.strip()


@functools.cache
def _inliner(templates: Path) -> CSSInliner:
    """What puts the styles on the elements; nothing is loaded from elsewhere, media queries stay."""
    import css_inline

    stylesheet = templates / "mail.css"
    css = stylesheet.read_text(encoding="utf-8") if stylesheet.exists() else ""
    return css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, keep_at_rules=True)
