"""The versions of a letter's text: when each was locked, what changed in it, and the words of the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workflow import documents
from workflow.history.report.blocks import Block, Heading, Paragraph, Run, plain
from workflow.history.report.story import Story, Version
from workflow.languages import Words, lazy_gettext, lazy_ngettext
from workflow.letter import text

NOTHING = text.Letter(language="", subject="", recipients=(), salutation="", body="", closing="")
MOST_CHANGES = 400
"""Paragraphs that are shown of what changed between two versions."""


class Versions:
    """Says the texts of a letter."""

    def __init__(self, story: Story, said: Callable[[Words], str], moment: Callable[[str], str]) -> None:
        self.story, self.said, self.moment = story, said, moment

    def told(self) -> Iterator[Block]:
        """Each version with its fingerprint and what changed in it, and the one of now word for word."""
        before: Version | None = None
        versions = list(self.story.versions.values())
        if not versions:
            yield Paragraph(plain(self.said(lazy_gettext("No text has been put before the organisations yet."))))
        for version in versions:
            yield Heading(self.said(lazy_gettext("Version %(number)s", number=str(version.number))), 3)
            yield Paragraph(
                (
                    Run(
                        self.said(lazy_gettext("Locked on %(at)s. Fingerprint (SHA-256):", at=self.moment(version.at)))
                    ),
                    Run(" "),
                    Run(version.digest, "mono"),
                ),
            )
            if before is not None:
                yield from self._changed(before, version)
            before = version
        current = self.story.version
        if current is not None and current.letter is not None:
            yield Heading(self.said(lazy_gettext("Version %(number)s, word for word", number=str(current.number))), 3)
            for change in documents.changes(NOTHING, current.letter):
                yield _paper(change, current.letter.language, look="")

    def _changed(self, before: Version, version: Version) -> Iterator[Block]:
        if before.letter is None or version.letter is None:
            yield Paragraph(
                plain(self.said(lazy_gettext("One of the two texts is not here, so they are not compared.")))
            )
            return
        found = documents.changed(before.letter, version.letter)
        said = lazy_gettext(
            "What changed since version %(number)s: what was struck is struck through, what was added is underlined.",
            number=str(before.number),
        )
        yield Paragraph(plain(self.said(said if found else lazy_gettext("Nothing that is printed changed."))), "note")
        for change in found[:MOST_CHANGES]:
            yield _paper(change, version.letter.language)
        if len(found) > MOST_CHANGES:
            more = lazy_ngettext(
                "%(num)s more paragraph changed.", "%(num)s more paragraphs changed.", len(found) - MOST_CHANGES
            )
            yield Paragraph(plain(self.said(more)), "note")


def _paper(change: documents.Change, language: str, look: str | None = None) -> Paragraph:
    """Return a paragraph of the letter, with what was struck and what was added."""
    looks = {"added": "added", "removed": "removed", "same": ""}
    runs = tuple(Run(words, looks[kind] if look is None else look) for kind, words in change.pieces)
    return Paragraph(runs, "paper", language)
