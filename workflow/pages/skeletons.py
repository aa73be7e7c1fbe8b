"""
Pages as skeletons with holes: what many readers see alike is rendered once, and each reader's own words are filled in.

A skeleton is named by all that it is rendered from, and rendered without the words of any reader: it holds nobody's.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Hashable
from typing import Any

from flask import render_template, session
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

from workflow.pages.i18n import Hole, get_locale, set_apart
from workflow.pages.kept import Kept
from workflow.pages.sent_form import NOTHING_SENT, sent_form

_MARK = secrets.token_hex(12)
"""What nobody can type, for it is another in each process; with the number of a hole it looks like an id."""

_HOLE = re.compile(f"{_MARK}([0-9a-f]{{8}})")
_APART = 0x10000000
_CSRF = 0

_skeletons: Kept[Hashable, tuple[str, ...]] = Kept(128)


def filled_in(template: str, page: Hashable, own: Any) -> str:
    """
    Return the page that a template makes of `page`, with the words of `own` in it: a dataclass of strings and tuples.

    After a form that was not taken, or an act that is to be told of once, it is rendered anew as a whole.
    """
    if sent_form() != NOTHING_SENT or "_flashes" in session:
        return render_template(template, page=page, own=own)
    given = {one.name: getattr(own, one.name) for one in dataclasses.fields(own)}
    shape = tuple(len(words) if isinstance(words, tuple) else bool(words) for words in given.values())
    key = (template, get_locale(), page, shape)
    constant = _skeletons.get(key, lambda: _skeleton(template, page, own, given))
    words: list[Any] = [None]
    for one in given.values():
        words.extend(one if isinstance(one, tuple) else [one] if one else [])
    return _filled(constant, words)


def _skeleton(template: str, page: Hashable, own: Any, given: dict[str, Any]) -> tuple[str, ...]:
    """Render a page with holes for words; returns its constant parts, with the numbers of the holes between them."""
    number, holes = _CSRF, {}
    for name, words in given.items():
        count = len(words) if isinstance(words, tuple) else bool(words)
        made = tuple(_hole(number + 1 + n) for n in range(count))
        holes[name] = made if isinstance(words, tuple) else made[0] if made else ""
        number += count
    shown = dataclasses.replace(own, **holes)
    return tuple(_HOLE.split(render_template(template, page=page, own=shown, csrf_token=lambda: _hole(_CSRF))))


def _hole(number: int) -> Hole:
    return Hole(f"{_MARK}{number:08x}", f"{_MARK}{number | _APART:08x}")


def _filled(constant: tuple[str, ...], words: list[Any]) -> str:
    parts, token = list(constant), ""
    for at in range(1, len(parts), 2):
        number = int(parts[at], 16)
        if number == _CSRF:
            parts[at] = token = token or generate_csrf()
        elif number & _APART:
            parts[at] = escape(set_apart(words[number ^ _APART]))
        else:
            parts[at] = escape(words[number])
    return "".join(parts)
