"""What a line is in a source that says so: a paragraph, a heading, an item of a list, a row of a table."""

from __future__ import annotations

from dataclasses import dataclass, field

from workflow.imports.markup import Mark

PROSE, HEADING, BULLET, NUMBER, LABEL, QUOTE = "prose", "heading", "bullet", "number", "label", "quote"


@dataclass(eq=False, slots=True)
class Table:
    """A table: its rows of cells, each with the lines of its words; `lines` counts those that it gave."""

    rows: list[list[list[tuple[str, tuple[Mark, ...]]]]] = field(default_factory=list)
    lines: int = 0

    @property
    def columns(self) -> int:
        """How many columns its widest row has."""
        return max(map(len, self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a line stands: lines of one `paragraph` were parted by the author's own line breaks.

    `level` is that of a heading (from 1) or an item (from 0), `label` an item's number as it is printed, `series` the
    list that an item belongs to.
    """

    paragraph: int
    kind: str = PROSE
    level: int = 0
    label: str = ""
    series: str = ""
    table: Table | None = None

    @property
    def is_prose(self) -> bool:
        """Whether it is a paragraph, and nothing else."""
        return self.kind == PROSE and self.table is None
