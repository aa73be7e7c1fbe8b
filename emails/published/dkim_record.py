"""Whether the public key in DNS is that of the key that signs (DKIM, RFC 6376 section 3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from emails.dkim import DkimKey
from emails.published import tags
from emails.published.names import Names


@dataclass(frozen=True, slots=True)
class Published:
    """What was found at a key's name: `wrong` says what is not right, empty where all of it is."""

    texts: tuple[str, ...]
    wrong: str = ""
    is_testing: bool = False
    """It asks to be taken as if there were none."""


def published(names: Names, key: DkimKey) -> Published:
    """Look at the record of a key; raises `NotAskedError`, and `DkimKeyError` for a key that signs nothing."""
    texts = tuple(names.texts(key.record_name))
    if not texts:
        return Published(texts, "There is no TXT record.")
    if len(texts) > 1:
        return Published(texts, f"There are {len(texts)} TXT records, and may be one.")
    try:
        found = tags.read(texts[0])
    except tags.TagsError as error:
        return Published(texts, f"It cannot be read. {error}")
    return Published(texts, _wrong(found, tags.read(key.record)), "y" in _listed(found.get("t", "")))


def _wrong(found: dict[str, str], due: dict[str, str]) -> str:
    public = "".join(found.get("p", "").split())
    if "v" in found and (found["v"] != "DKIM1" or next(iter(found)) != "v"):
        return "It does not begin with v=DKIM1."
    if "p" in found and not public:
        return "The key is revoked: p= is empty."
    if found.get("k", "rsa") != due["k"]:
        return f"It is a key of the kind {found.get('k', 'rsa')}, and {due['k']} signs."
    if public != due["p"]:
        return "It is the public key of another key than the one that signs."
    if "h" in found and "sha256" not in _listed(found["h"]):
        return "It does not allow sha256 (h=)."
    if "s" in found and not {"*", "email"} & set(_listed(found["s"])):
        return "It does not allow email (s=)."
    return ""


def _listed(value: str) -> list[str]:
    return [one.strip() for one in value.split(":")]
