"""
Names of organisations that stand in running text, parted by semicolons or commas.

Decides only whether the lines are such a list, and parts it; what each name means is for others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflow.imports import features
from workflow.imports.lines import Line
from workflow.imports.words import is_country

MARK = re.compile(r"^(?:[•●▪◦‣■□➢✓◆∙·*+–—-]\s*|\(?\d{1,4}[.)\]]\s*(?=\D)|/s/\s*|_{3,}\s*)+")
WIDE = re.compile(r"\t+\s*|\s{3,}")


def flowing_list(lines: Sequence[Line]) -> list[str]:
    """Return the names of a list that runs on, parted by semicolons or commas; none when it is not one."""
    if any(MARK.match(line.text) or WIDE.search(line.raw) for line in lines):
        return []
    whole = " ".join(line.text for line in lines)
    if whole.count(";") >= 2 or (whole.count(";") == 1 and len(lines) == 1):
        return _parted(whole, ";") if _runs(lines, ";") else []
    commas = whole.count(",")
    if commas < 2 or any(features.is_title(part) for part in whole.split(",")):
        return []
    return _parted(whole, ",") if _runs(lines, ",") else []


def _runs(lines: Sequence[Line], mark: str) -> bool:
    """Tell whether the mark parts names inside the lines, not only at their ends."""
    inside = sum(line.text.rstrip(mark + " .").count(mark) for line in lines)
    one_each = all(
        line.text.count(mark) <= 1 and (line.text.endswith((mark, ".")) or line is lines[-1]) for line in lines
    )
    if one_each and len(lines) > 1:
        return False
    return (inside >= len(lines) and inside >= 2) or (len(lines) == 1 and inside >= 1)


def _parted(whole: str, mark: str) -> list[str]:
    parts = [part.strip(" .") for part in re.split(rf"{mark}(?![^()]*\))", whole)]
    last = re.split(r"^(?:and|et|y|e|&)\s+", parts[-1])
    parts[-1] = last[-1]
    if mark == ",":
        parts = _with_countries(parts)
        tail = re.fullmatch(r"(.*\S)\s+(?:and|et|y)\s+(\S.*)", parts[-1])
        if tail and features.is_org(tail[1]) and features.is_org(tail[2]) and last[-1] == last[0]:
            parts[-1:] = [tail[1], tail[2]]
    return [part for part in parts if part]


def _with_countries(parts: Sequence[str]) -> list[str]:
    whole: list[str] = []
    for part in parts:
        if whole and is_country(part):
            whole[-1] = f"{whole[-1]}, {part}"
        else:
            whole.append(part)
    return whole
