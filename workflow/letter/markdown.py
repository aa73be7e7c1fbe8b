"""
The parser of a letter's body: CommonMark with tables and footnotes, set so that no word of a body is ever left out.

Pure. `too_hard` says which texts are none of a letter: asked when one is taken in or changed, not when it is shown.
The parser's time grows with the length of the text only: where the library's own rules look through the rest of a
paragraph for every bracket, these remember what they have found.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline, autolink
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def, footnote_ref

from workflow.languages import Message, lazy_gettext, lazy_ngettext

DEEPEST = 200
"""How deep lists and quotes may stand in each other; the parser leaves out what is deeper."""
_NOTES_IN_NOTES = 2
"""How deep notes may stand in each other; a deeper one is read as words."""
_LONGEST_LABEL = 999
"""As CommonMark has it for links."""
_LABEL = re.compile(r"\[\^([^\s\]]+)\]:")


LONGEST = 200_000
LONGEST_LINE = 20_000
MOST_LINES = 6_000
MOST_BRACKETS = 5_000
MOST_MARKS = 10_000
MOST_COLUMNS = 50
MOST_NOTES = 1_000
MOST_LEVELS = 40


def too_hard(source: str) -> tuple[Message, ...]:
    """Return why a text is too long or too entangled for a letter, in sentences that say what to do; else nothing."""
    lines = [line for line in source.split("\n") if line.strip()]
    longest = max(map(len, lines), default=0)
    notes = source.count("[^") + source.count("^[")
    why = [
        (
            len(source),
            LONGEST,
            lazy_ngettext(
                "The text has more than %(num)s character. Shorten it.",
                "The text has more than %(num)s characters. Shorten it.",
                LONGEST,
            ),
        ),
        (
            len(lines),
            MOST_LINES,
            lazy_ngettext(
                "The text has more than %(num)s line. Shorten it.",
                "The text has more than %(num)s lines. Shorten it.",
                MOST_LINES,
            ),
        ),
        (
            longest,
            LONGEST_LINE,
            lazy_ngettext(
                "A line has more than %(num)s character. Break it.",
                "A line has more than %(num)s characters. Break it.",
                LONGEST_LINE,
            ),
        ),
        (
            notes,
            MOST_NOTES,
            lazy_ngettext(
                "The text has more than %(num)s note. Remove some.",
                "The text has more than %(num)s notes. Remove some.",
                MOST_NOTES,
            ),
        ),
        (
            source.count("["),
            MOST_BRACKETS,
            lazy_ngettext(
                "The text has more than %(num)s opening bracket ([). Remove some.",
                "The text has more than %(num)s opening brackets ([). Remove some.",
                MOST_BRACKETS,
            ),
        ),
        (
            source.count("*") + source.count("_"),
            MOST_MARKS,
            lazy_ngettext(
                "The text has more than %(num)s star or underscore (* and _). Remove some.",
                "The text has more than %(num)s stars and underscores (* and _). Remove some.",
                MOST_MARKS,
            ),
        ),
    ]
    return tuple(said for has, most, said in why if has > most) or _entangled(source)


def _entangled(source: str) -> tuple[Message, ...]:
    tokens = parse(source)
    cells = [token.type == "th_open" for token in tokens]
    heads = [number for number, token in enumerate(tokens) if token.type == "thead_open"]
    columns = max((sum(cells[head : head + 3 * MOST_COLUMNS + 6]) for head in heads), default=0)
    why = []
    if max((token.level for token in tokens), default=0) > MOST_LEVELS:
        why.append(lazy_gettext("Lists or quotes are nested too deeply. Remove some levels."))
    if columns > MOST_COLUMNS:
        why.append(
            lazy_ngettext(
                "A table has more than %(num)s column. Remove some.",
                "A table has more than %(num)s columns. Remove some.",
                MOST_COLUMNS,
            )
        )
    return tuple(why)


def parse(source: str) -> list[Token]:
    """Parse Markdown into tokens; a note that nothing refers to stays where it stands, as words."""
    found: dict[str, Any] = {}
    tokens = _parser().parse(source, found)
    refs: dict[str, int] = found.get("footnotes", {}).get("refs", {})
    unused = {label.removeprefix(":") for label, number in refs.items() if number < 0}
    return _parser().parse(source, {"unused": unused}) if unused else tokens


def to_html(tokens: list[Token]) -> str:
    """Return tokens as HTML."""
    return str(_parser().renderer.render(tokens, _parser().options, {}))


@functools.cache
def _parser() -> MarkdownIt:
    """
    The parser.

    Raw HTML is text, pictures (which load from elsewhere) are links, and link definitions are text, for one that
    nothing refers to would vanish from what people read while it stands in what they sign.
    """
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST})
    parser.enable("table").use(footnote_plugin).disable(["image", "reference"])
    parser.helpers = _Helpers  # type: ignore[assignment]  # it stands for the module of that name
    parser.block.ruler.at("footnote_def", _note, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.at("footnote_inline", _note_in_line)
    parser.inline.ruler.at("footnote_ref", _mark_of_note)
    parser.inline.ruler.at("autolink", _address)
    return parser


def _address(state: StateInline, silent: bool) -> bool:
    """An address in pointed brackets is a link, and within the words of a link its words: no link holds another."""
    if not autolink(state, silent):
        return False
    if not silent and state.linkLevel:
        _, words, _ = state.tokens[-3:]
        words.level -= 1
        state.tokens[-3:] = [words]
    return True


# --- brackets ------------------------------------------------------------------------------------------------------


def label_end(state: StateInline, start: int, disableNested: bool = False) -> int:
    """
    Return where the label ends that begins with the bracket at `start`, or -1: the library's answer, found sooner.

    A bracket within is passed over where its end is known; where it is known to have none, no label around it has one.
    """
    known: dict[int, int] = vars(state).setdefault(f"labels {disableNested}", {})
    if start in known:
        return known[start]
    before, state.pos = state.pos, start + 1
    end, level = -1, 1
    while state.pos < state.posMax:
        position = state.pos
        level -= state.src[position] == "]"
        if level == 0:
            end = position
            break
        state.md.inline.skipToken(state)
        if state.src[position] != "[":
            continue
        inner = known.get(position)
        if inner == -1 or (disableNested and state.pos != position + 1):
            break
        if inner is not None:
            state.pos = inner + 1
        elif state.pos == position + 1:
            level += 1
    known[start], state.pos = end, before
    return end


class _Helpers:
    """What the library's rules ask for by these names."""

    parseLinkLabel = staticmethod(label_end)
    parseLinkDestination = staticmethod(parseLinkDestination)
    parseLinkTitle = staticmethod(parseLinkTitle)


# --- notes ---------------------------------------------------------------------------------------------------------


def _note(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A note below the text; words where nothing refers to it, its label has a note already, or a note is around it."""
    start, end = state.bMarks[first] + state.tShift[first], state.eMarks[first]
    label = _LABEL.match(state.src, start, min(end, start + _LONGEST_LABEL))
    if label is None or label[1] in state.env.get("unused", ()):
        return False
    if silent:
        return footnote_def(state, first, last, silent)
    if state.env.get("within_note") or f":{label[1]}" in state.env.get("footnotes", {}).get("refs", {}):
        return False
    state.env["within_note"] = True
    try:
        return footnote_def(state, first, last, silent)
    finally:
        del state.env["within_note"]


def _note_in_line(state: StateInline, silent: bool) -> bool:
    """A note within the text, `^[like this]`; deep within other notes it is words."""
    depth = state.env.get("depth", 0)
    if depth == _NOTES_IN_NOTES or not state.src.startswith("^[", state.pos, state.posMax):
        return False
    end = label_end(state, state.pos + 1)
    if end < 0:
        return False
    if not silent:
        notes = state.env.setdefault("footnotes", {}).setdefault("list", {})
        content = state.src[state.pos + 2 : end]
        tokens: list[Token] = []
        token = state.push("footnote_ref", "", 0)
        token.meta = {"id": len(notes)}
        notes[len(notes)] = {"content": content, "tokens": tokens}
        state.env["depth"] = depth + 1
        state.md.inline.parse(content, state.md, state.env, tokens)
        state.env["depth"] = depth
    state.pos = end + 1
    return True


def _mark_of_note(state: StateInline, silent: bool) -> bool:
    """The mark of a note, `[^1]`: looked for as far as a label can reach. With a colon after it, it begins words."""
    end = state.src.find("]", state.pos, state.pos + _LONGEST_LABEL)
    if end < 0 or (state.src.startswith("]:", end) and state.src[state.pos - 1 : state.pos] in ("", "\n")):
        return False
    return footnote_ref(state, silent)
