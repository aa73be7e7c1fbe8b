"""A document on a letterhead that the evidence does not hold (older evidence): each part is looked for."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.verify.dates import is_date
from workflow.verify.expected import Compared, Given, Item, compare, items, places, plain
from workflow.verify.names import spoken
from workflow.verify.word import Printed

PARTS = ("recipient", "subject", "salutation", "body", "closing", "signatories")


def compare_loosely(
    found: Sequence[Printed], given: Given, parts: Sequence[str] = PARTS, with_names: bool = True
) -> Compared:
    """
    Find each part whole and in one place, the text before the closing and the names; the rest is to be looked at.

    Where the names are not known either (not `with_names`), they are among the rest, and the text may begin in a cell.
    """
    made = Compared()
    taken: dict[int, str] = {}
    for part in parts:
        wanted = list(items(places([part], "" if with_names else "|"), given))
        after = max((at for at, whose in taken.items() if whose in ("body", "closing")), default=-1)
        begin = after + 1 if part in ("closing", "signatories") else 0
        place = _found(wanted, found, given, begin, taken)
        if place is None:
            _say_missing(part, wanted, found, given, made)
            continue
        at, compared = place
        taken.update({at + number: part for number in range(len(compared.letter))})
        made.letter += compared.letter
        made.taken += [one._replace(number=at + one.number) for one in compared.taken]
        made.unnamed += compared.unnamed
    _say_others(found, given, taken, made, with_names)
    return made


def _found(
    wanted: Sequence[Item], found: Sequence[Printed], given: Given, begin: int, taken: dict[int, str]
) -> tuple[int, Compared] | None:
    count = len(given.names) + len(given.headings) - 1 if given.headings else 0
    length = len(wanted) + (count if any(item.what == "countries" for item in wanted) else 0)
    for at in range(begin, len(found) - length + 1):
        there = found[at : at + length]
        if wanted and (taken.get(at) or not (given.headings or wanted[0].holds(there[0].line))):
            continue
        compared = compare(wanted, there, given)
        if not compared.wrong:
            return at, compared
    return None


def _say_missing(part: str, wanted: Sequence[Item], found: Sequence[Printed], given: Given, made: Compared) -> None:
    """A subject may stand amid the letterhead's words; anything else must be there, paragraph by paragraph."""
    if part == "subject" and any(given.line("subject") in one.line.words for one in found):
        return
    begin = next((at for at, one in enumerate(found) if wanted and wanted[0].holds(one.line)), None)
    if begin is None:
        due = plain(wanted[0].line.words) if wanted else part
        made.wrong.append(f"it does not say {due!r} where {part} must stand")
        return
    wrong = compare(wanted, found[begin : begin + len(wanted)], given).wrong
    made.wrong.append(f"from paragraph {begin + 1} on, {wrong[0] if wrong else part}")


def _say_others(
    found: Sequence[Printed], given: Given, taken: dict[int, str], made: Compared, with_names: bool
) -> None:
    others = [one.line.words for at, one in enumerate(found) if at not in taken]
    made.dates = [words for words in others if is_date(words, spoken(given.text))][:1]
    said = [plain(words) for words in others if words not in made.dates]
    if said and not made.wrong:
        what = (
            "that nobody has signed. A letterhead is" if with_names else "besides the text. A letterhead and names are"
        )
        made.remarks.append(
            f"prints words {what} expected here, which this evidence does not hold, and nothing else: "
            f"{' / '.join(said)}"
        )
