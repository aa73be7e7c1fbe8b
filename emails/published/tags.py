"""Records that are lists of tags, as DKIM and DMARC write them: `v=DKIM1; k=rsa; p=…`."""

from __future__ import annotations


class TagsError(ValueError):
    """It is no such list; the message says where."""


def read(text: str) -> dict[str, str]:
    """Return the tags of a record, in their order, blanks within a value left as they are; raises `TagsError`."""
    found: dict[str, str] = {}
    for part in text.rstrip().rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier() or not name.isascii():
            raise TagsError(f"“{part.strip()[:60]}” is not written like tag=value.")
        if name in found:
            raise TagsError(f"The tag {name}= is in it twice.")
        found[name] = value.strip()
    return found
