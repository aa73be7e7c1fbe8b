"""
The co-signers of a letter file as most write them: one `name: value` a line, in plain words or in quotation marks.

Thousands of them are read at once here, as YAML would read them; what is written in any other way is left to YAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from workflow.errors import IncomingError

_ELSEWHERE = "(read apart)"
"""Stands for the list while YAML reads the rest: so it is seen that the list was one, and no part of other words."""

_IN_WORDS = r"\w'’(“.,;!?%&/+@)”«»°º–—-"
_PLAIN = rf"[^\W_][{_IN_WORDS}]*+(?: [{_IN_WORDS}]++)*+"
_QUOTED = r"""\w !#-&(-/:-@\[\]^-`{-~“”‘’«»°º–—"""
_LINE = rf"""( *+- ++| ++)([a-z_]++): ({_PLAIN}|"[{_QUOTED}']*+"|'[{_QUOTED}"]*+') *+\n++"""
_BLOCK = re.compile(rf"^cosigners: *\n((?:{_LINE})++)(?=[a-z_]+:|\Z)", re.MULTILINE)
_LINES = re.compile(_LINE)
_NO_WORDS = frozenset(("", "yes", "no", "true", "false", "on", "off", "null", "y", "n"))
_SURELY_WORDS = re.compile("[^0-9].*|.*[@G-NP-SU-WYg-np-su-wy].*")
"""What begins with a digit may be a number or a day, unless a letter in it belongs to neither."""


def read_apart(front: str, read: Callable[[str], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the fields of a front matter, read by `read`: its co-signers here, where they are written plainly."""
    block = _BLOCK.search(front)
    cosigners = None if block is None or _ELSEWHERE in front else _items(block[1])
    if block is None or cosigners is None:
        return read(front)
    try:
        fields = read(f"{front[: block.start()]}cosigners: {_ELSEWHERE}\n{front[block.end() :]}")
    except IncomingError:
        return read(front)
    return {**fields, "cosigners": cosigners} if fields.get("cosigners") == _ELSEWHERE else read(front)


def _items(block: str) -> list[dict[str, Any]] | None:
    """Return the items of a list, or None where YAML has to look: another depth, a name twice, no words."""
    lines = _LINES.findall(block)
    opening = lines[0][0]
    within = " " * len(opening)
    items: list[dict[str, Any]] = []
    for before, name, value in lines:
        if before == opening and before != within:
            items.append({})
        elif before != within or not items:
            return None
        read = _value(value)
        if read is None or name in items[-1]:
            return None
        items[-1][name] = read
    return items


def _value(written: str) -> str | bool | None:
    if written[0] in "\"'":
        return written[1:-1]
    if written in ("true", "false"):
        return written == "true"
    return written if written.lower() not in _NO_WORDS and _SURELY_WORDS.fullmatch(written) else None
