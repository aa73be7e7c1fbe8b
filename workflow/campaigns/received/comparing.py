"""
A received document against the one that was sent: the same words, nearly the same with what differs, or another letter.

What differs is shown only to whoever holds nearly all of it: nobody learns a letter by sending a page with its subject.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.campaigns.received.reading import ReceivedWords
from workflow.letter import comparison
from workflow.letter.comparison import Block, Token

NEARLY = 0.8
"""So much of what was sent must be there, word by word, before it is said how the rest differs."""
AROUND = 6
"""So many words are shown on either side of what differs."""
_WORD = re.compile(r"\[[a-z]{1,20}\]|[^\W_]+|\S")
_SAVED_AGAIN = {"turned around", "run together with the next paragraph", "set in two ways at once"}
"""What other programs write into a letter that was opened and saved again, and hides nothing."""
_CHANGED = ("removed", "added")

Piece = tuple[str, str]
"""`same`, `removed`, `added` or `gap`, and the words."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How alike two documents are (0 to 1, by words that stand in both), and how they differ."""

    alike: float
    same_words: bool
    differs: tuple[tuple[Piece, ...], ...]
    """Paragraph by paragraph, where something differs; empty where too little is alike."""
    hidden: bool
    """The words are there, but some of them are hidden or disguised, as they were not in what was sent."""

    @property
    def is_nearly(self) -> bool:
        """Whether it is that letter with changes, and not another one."""
        return self.same_words or self.alike >= NEARLY


def compare_received(sent: ReceivedWords, received: ReceivedWords) -> Compared:
    """Hold what a document says against what was sent: page and notes, headers and footers without page numbers."""
    hidden = bool(set(received.hidden) - set(sent.hidden) - _SAVED_AGAIN)
    if sent.paragraphs == received.paragraphs and _margins(sent) == _margins(received):
        return Compared(1.0, True, (), hidden)
    alike = _alike(_words(sent.paragraphs), _words(received.paragraphs))
    if alike < NEARLY:
        return Compared(alike, False, (), hidden)
    found = comparison.compare(_blocks(sent.paragraphs), _blocks(received.paragraphs))
    differs = [_pieces(change) for change in found if change.kind != "same"]
    before, after = _margins(sent), _margins(received)
    differs += [(("removed", line),) for line in before if line not in after]
    differs += [(("added", line),) for line in after if line not in before]
    return Compared(alike, False, tuple(differs), hidden)


def _margins(said: ReceivedWords) -> list[str]:
    """What headers and footers say, each once, without numbers of pages, which every program writes anew."""
    found = (re.sub(r"\[[a-z]{1,20}\]", "", re.sub(r"\b\d+ / \d+\b|\d+$", "", line)).strip() for line in said.margins)
    return sorted(set(filter(None, found)))


def _words(paragraphs: Sequence[str]) -> Counter[str]:
    return Counter(word for line in paragraphs for word in _WORD.findall(line))


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """The share of words that stand in both, of the larger of the two."""
    return sum((one & other).values()) / max(one.total(), other.total(), 1)


def _blocks(paragraphs: Sequence[str]) -> list[Block]:
    return [Block((tuple(map(Token, re.findall(r"\s+|\[[a-z]{1,20}\]|[^\W_]+|.", line))),)) for line in paragraphs]


def _pieces(change: comparison.Change) -> tuple[Piece, ...]:
    """What became of a paragraph: runs of the same kind, with a few words around what differs."""
    runs: list[list[str]] = []
    for part in change.steps:
        for step in part:
            if runs and runs[-1][0] == step.kind:
                runs[-1][1] += step.token.words
            else:
                runs.append([step.kind, step.token.words])
    return tuple(_shortened(runs))


def _shortened(runs: Sequence[Sequence[str]]) -> list[Piece]:
    found: list[Piece] = []
    for number, (kind, words) in enumerate(runs):
        said = words.split(" ")
        if kind in _CHANGED or len(said) <= 2 * AROUND + 2:
            found.append((kind, words))
            continue
        if number:
            found.append(("same", " ".join(said[:AROUND]) + " "))
        found.append(("gap", "…"))
        if number + 1 < len(runs):
            found.append(("same", " " + " ".join(said[-AROUND:])))
    return found
