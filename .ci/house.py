"""
Draws the house in docs/house.md: a box for each room of `workflow`, an arrow for what it imports.

Arrows that follow from others are left out, type-checking imports are counted. `python .ci/house.py` writes the drawing
anew, `--check` ends with 1 where it is old, or where imports go in a circle.
"""

from __future__ import annotations

import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "house.md"
PLACE = re.compile(r"(?<=<!-- drawing -->\n).*?(?=<!-- end of drawing -->)", re.DOTALL)


def rooms_of(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    """Return what each room imports: a room is a module or folder right below `workflow`, `emails` or `config`."""
    names = {module: _room(module) for module in graph.modules}
    rooms: dict[str, set[str]] = {room: set() for room in names.values() if room}
    for importer, room in names.items():
        for imported in graph.find_modules_directly_imported_by(importer):
            other = names.get(imported, "")
            if room and other and room != other:
                rooms[room].add(other)
    return rooms


def _room(module: str) -> str:
    top, _, rest = module.partition(".")
    if top != "workflow":
        return top
    return rest.partition(".")[0]


def reduced(rooms: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the arrows that no others imply."""
    reach: dict[str, set[str]] = {}
    for room in TopologicalSorter(rooms).static_order():
        reach[room] = rooms[room].union(*(reach[other] for other in rooms[room]))
    return {
        room: {one for one in below if not any(one in reach[other] for other in below)} for room, below in rooms.items()
    }


def drawing(rooms: dict[str, set[str]]) -> str:
    """Return the drawing as Mermaid."""
    arrows = [f"    {room} --> {' & '.join(sorted(below))}" for room, below in sorted(reduced(rooms).items()) if below]
    return "\n".join(["```mermaid", "flowchart TD", *arrows, "```", ""])


def main() -> int:
    """Write or check the drawing; returns the exit status."""
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph("workflow", "emails", "config", exclude_type_checking_imports=False)
    try:
        TopologicalSorter({one: graph.find_modules_directly_imported_by(one) for one in graph.modules}).prepare()
        drawn = drawing(rooms_of(graph))
    except CycleError as circle:
        print("Imports go in a circle:", " -> ".join(circle.args[1]))
        return 1
    page = PAGE.read_text()
    new = PLACE.sub(lambda _: drawn, page)
    if new == page:
        return 0
    if "--check" in sys.argv:
        print("docs/house.md is old: make diagrams")
        return 1
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
