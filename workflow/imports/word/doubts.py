"""What a document had that is not in its text, in sentences for the coordinator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from workflow.languages import Message
from workflow.languages import lazy_gettext as _
from workflow.languages import lazy_ngettext as _n

if TYPE_CHECKING:
    from workflow.imports.word.document import Found

_LONGEST = 300
_MOST = 5


def doubts(found: Found, around: Sequence[str], by_author: Counter[str], tracked: str) -> tuple[Message, ...]:
    """Return what was left out, and what may be read in another way than its author meant."""
    said: list[Message] = []
    if by_author:
        said.append(_changes(by_author, tracked))
    said += [
        _("What stands at the edge of the pages is left out: “%(words)s”.", words=_cut(one)) for one in around[:_MOST]
    ]
    said += [
        _("“%(words)s” stands in a text box; it was read where the box is anchored. Check its place.", words=_cut(one))
        for one in found.boxes[:_MOST]
    ]
    if len(found.boxes) > _MOST:
        more = len(found.boxes) - _MOST
        said.append(_n("%(num)s more text box was read.", "%(num)s more text boxes were read.", more))
    if found.hidden:
        said.append(_("Hidden words are left out: “%(words)s”.", words=_cut("".join(found.hidden))))
    if found.struck:
        shown = _cut("".join(found.struck))
        said.append(
            _("“%(words)s” is struck through in the file. It is kept: take it out if it is not meant.", words=shown)
        )
    said += [sentence(found.counted[what]) for what, sentence in _COUNTED.items() if found.counted[what]]
    if found.signs:
        shown = ", ".join(dict.fromkeys(found.signs[:_MOST]))
        said.append(
            _("Signs of special typefaces are left out (%(signs)s). Add them where they are missing.", signs=shown)
        )
    for link in dict.fromkeys(found.links[:_MOST]):
        said.append(_("The link “%(address)s” is left out; its words are kept.", address=_cut(link)))
    return tuple(said)


def _changes(by_author: Counter[str], tracked: str) -> Message:
    names = ", ".join(f"{_cut(name, 60) or '?'} {count}" for name, count in by_author.most_common(_MOST))
    total = sum(by_author.values())
    if tracked == "accept":
        return _n(
            "The file has %(num)s tracked change (%(names)s); it is accepted here.",
            "The file has %(num)s tracked changes (%(names)s); they are accepted here.",
            total,
            names=names,
        )
    return _n(
        "The file has %(num)s tracked change (%(names)s); it is refused here.",
        "The file has %(num)s tracked changes (%(names)s); they are refused here.",
        total,
        names=names,
    )


_COUNTED: dict[str, Callable[[int], Message]] = {
    "comments": lambda n: _n(
        "%(num)s comment in the file is left out; nobody is shown it.",
        "%(num)s comments in the file are left out; nobody is shown them.",
        n,
    ),
    "pictures": lambda n: _n(
        "%(num)s picture is left out. Add a letterhead and logos under Layout.",
        "%(num)s pictures are left out. Add a letterhead and logos under Layout.",
        n,
    ),
    "objects": lambda n: _n(
        "%(num)s embedded object is left out. Add what it says to the text.",
        "%(num)s embedded objects are left out. Add what they say to the text.",
        n,
    ),
    "drawings": lambda n: _n(
        "%(num)s chart or drawing is left out. Add what it says to the text.",
        "%(num)s charts or drawings are left out. Add what they say to the text.",
        n,
    ),
    "formulas": lambda n: _n(
        "%(num)s formula is written as plain words. Check it.",
        "%(num)s formulas are written as plain words. Check them.",
        n,
    ),
}


def _cut(words: str, most: int = _LONGEST) -> str:
    folded = " ".join(words.split())
    return folded if len(folded) <= most else folded[: most - 1] + "…"
