"""The addendum: that its documents are those its entry names, print the late sign-offs, and name the letter's own."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.verify.bundle import Bundle
from workflow.verify.entries import Entry
from workflow.verify.expected import plain
from workflow.verify.names import Name, as_printed, names
from workflow.verify.printing import Printing
from workflow.verify.replay import Replay
from workflow.verify.report import Report, VerificationError
from workflow.verify.word import read_pages

MOST_PARAGRAPHS = 40
"""So many paragraphs of an addendum, besides the names, are told."""


def addendum_documents(replay: Replay) -> dict[str, Entry]:
    """Return the documents of the addendum, as often as it was made, by their names in the evidence, with its entry."""
    return {f"{sha256}.{kind}": made for made, sha256, kind in replay.afterwards.every}


def check_addendum(bundle: Bundle, replay: Replay, printing: Printing, report: Report) -> None:
    """Check the Word documents of the addendum as it was made last, and tell what they say besides the names."""
    made = replay.afterwards.made
    if made is None:
        return
    sets = made.about["documents"]
    for one in sets.values():
        name = f"{one.get('docx')}.docx"
        if name not in bundle.documents:
            continue  # Said already.
        try:
            said = [printed.line.words for printed in read_pages(bundle.documents[name]).lines]
        except VerificationError as fault:
            report.invalid.append(f"documents/{name} {fault}.")
            continue
        people = _people(made, replay, printing)
        wrong = list(_lacks(said, people, str(one.get("letter") or ""), replay))
        report.invalid += [f"documents/{name}, the addendum, {lack}." for lack in wrong]
        others = [words for words in said if words.strip() and not any(who.is_in(words) for who in people if who.lines)]
        told = "; ".join(plain(words) for words in others[:MOST_PARAGRAPHS])
        report.facts.append(f"documents/{name}, the addendum, says besides the names: {told}")
    if replay.afterwards.sent is None:
        report.facts.append(f"The addendum of entry {made.seq} has not been sent.")


def _people(made: Entry, replay: Replay, printing: Printing) -> list[Name]:
    of = {seq: printing.signed.get(seq, ("", None))[0] for seq in made.about["signoffs"]}
    withheld = frozenset(seq for seq, invitation in of.items() if invitation in printing.withheld)
    alone = frozenset(seq for seq, invitation in of.items() if invitation in printing.individuals)
    return names(list(of), withheld, as_printed(replay.disclosed, {}, {}), alone)


def _lacks(said: list[str], people: list[Name], letter: str, replay: Replay) -> Iterator[str]:
    if letter not in replay.dispatched:
        yield "is said to belong to a document that was not sent"
    if not any(letter in words for words in said):
        yield "does not name the letter that it belongs to by its SHA-256"
    for name in people:
        if name.lines is not None and not any(name.is_in(words) for words in said):
            yield f"does not print the late sign-off in {replay.name(name.seq)}"
