"""
What a letter's page says of all its co-signers together, kept until the letter's history grows.

Nothing of it changes without an entry: no answer, no comment, no address, no request, no email that came back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from workflow.campaigns import telling
from workflow.campaigns.tally import Tally, tally
from workflow.models import Letter
from workflow.pages.staff import attention
from workflow.pages.staff.attention import Matter
from workflow.transaction import Transaction

MOST_KEPT = 64
_kept: OrderedDict[tuple[str, bool], tuple[int, Overview]] = OrderedDict()
_keeping = threading.Lock()


@dataclass(frozen=True, slots=True)
class Overview:
    """The co-signers of a letter in numbers, and what somebody should look at."""

    counted: Tally
    matters: tuple[Matter, ...]
    comments: dict[str, int]
    """How many threads are open, and how many there are."""
    joining: int
    """How many organisations ask to join, and wait for an answer."""
    told: dict[str, int]
    """How many people a step emails that ends something, to a coordinator."""


def of(session: Transaction, letter: Letter, entries: int, names_all: bool) -> Overview:
    """Return the overview of a letter whose history has so many entries, which were counted before this is read."""
    key = (letter.id, names_all)
    with _keeping:
        known = _kept.get(key)
    if known is not None and known[0] == entries:
        return known[1]
    matters, comments, joining = attention.of(session, letter, names_all)
    told = telling.numbers(session, letter) if names_all and not letter.is_closed else {}
    made = Overview(tally(session, letter), matters, comments, joining, told)
    with _keeping:
        _kept[key] = (entries, made)
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return made
