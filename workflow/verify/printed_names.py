"""
The names that a document prints, as a sorted tree: so that one can be shown to be in it, or not, without the others.

An entry `document.rendered` commits to the tree in its field `names`; docs/history.md says how, byte by byte.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from workflow.verify.entries import Entry
from workflow.verify.names import as_printed
from workflow.verify.printing import Printing
from workflow.verify.replay import Replay
from workflow.verify.report import Report, VerificationError
from workflow.verify.tree import is_included, leaf_hash, roots

NAME = b"undersigned/name/v1\0"
NAMES = b"undersigned/names/v1\0"
NOT_SPELT = ((0x300, 0x36F), (0x591, 0x5C7), (0x610, 0x61A), (0x640, 0x640), (0x64B, 0x65F), (0x670, 0x670),
             (0x6D6, 0x6ED))  # fmt: skip
"""Accents, and the marks of Hebrew and Arabic that people leave out; the vowels of other scripts stay."""
TYPED_AS = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ى": "ي", "ی": "ي", "ے": "ي",
            "ة": "ه", "ە": "ه", "ک": "ك"}  # fmt: skip
"""Letters that are no letter with a mark, and are typed as others where a keyboard lacks them."""


class Leaf(NamedTuple):
    """One leaf of the tree with the path that leads to its root."""

    number: int
    key: bytes
    path: Sequence[bytes]


def folded_name(name: str) -> str:
    """Return a name as it is looked for: its letters and digits alone, without case, accents, blanks and signs."""
    return "".join(map(_folded_sign, unicodedata.normalize("NFKD", name)))


@functools.lru_cache(maxsize=4096)
def _folded_sign(sign: str) -> str:
    small = "".join(map(str.lower, sign.upper()))
    bare = (one for one in small if not any(first <= ord(one) <= last for first, last in NOT_SPELT))
    return "".join(TYPED_AS.get(one, one) for one in bare if unicodedata.category(one)[0] in "LMN")


def name_forms(organisation: str, acronym: str = "") -> set[str]:
    """Return the forms under which a printed organisation is found: its name, its acronym, and both as printed."""
    long, short = folded_name(organisation), folded_name(acronym)
    return {form for form in (long, short, long + short) if form}


def name_key(salt: bytes, folded: str) -> bytes:
    """Return the key of a form: its place in the tree, and what its leaf is the hash of."""
    return hashlib.sha256(NAME + salt + folded.encode("utf-8", "replace")).digest()


def name_keys(salt: bytes, forms: Iterable[str]) -> list[bytes]:
    """Return the keys of the tree, in order, each once."""
    return sorted({name_key(salt, form) for form in forms})


def names_commitment(salt: bytes, size: int, root: bytes) -> str:
    """Return what an entry says as `names`: the tree with its salt and its size, as 64 hex digits."""
    return hashlib.sha256(NAMES + salt + size.to_bytes(8, "big") + root).hexdigest()


def names_root(keys: Sequence[bytes]) -> bytes:
    """Return the root of the tree of these keys."""
    return roots(keys, {len(keys)})[len(keys)]


def names_of(salt: bytes, keys: Sequence[bytes]) -> str:
    """Return what an entry says of a tree of these keys."""
    return names_commitment(salt, len(keys), names_root(keys))


def is_printed(names: str, salt: bytes, size: int, root: bytes, leaves: Sequence[Leaf], wanted: str) -> bool:
    """
    Whether a folded name is in the tree that an entry names: shown by its own leaf, or by those between which it would
    stand. Raises VerificationError where the leaves show neither.
    """
    if len(salt) != 32 or not 0 <= size < 2**32 or names_commitment(salt, size, root) != names:
        raise VerificationError("its tree of names is not the one that the entry commits to")
    for leaf in leaves:
        if len(leaf.key) != 32 or not is_included(leaf.number, size, leaf_hash(leaf.key), leaf.path, root):
            raise VerificationError("one of its leaves does not lead to the tree of names that the entry commits to")
    key = name_key(salt, wanted)
    if [leaf.key for leaf in leaves] == [key]:
        return True
    # What comes before the first leaf and after the last has no leaf to show: the number of leaves says so.
    below = [leaf.number for leaf in leaves if leaf.key < key]
    above = [leaf.number for leaf in leaves if leaf.key > key]
    before, after = below or [-1], above or [size]
    in_order = below + above == [leaf.number for leaf in leaves]
    if len(before) != 1 or len(after) != 1 or not in_order or before[0] + 1 != after[0]:
        raise VerificationError("its leaves are not those between which the name would stand")
    return False


def check_printed_names(replay: Replay, printing: Printing, report: Report) -> None:
    """Check that each document's entry commits to the names that it prints."""
    said = [bool(one.about.get("names")) for one in replay.renderings]
    if said and not any(said):
        report.facts.append(
            "No entry commits to the names that a document prints: one cannot be shown not to be there."
        )
    elif True in said and not all(said[said.index(True) :]):
        report.remarks.append("A document commits to no tree of the names that it prints, though an earlier one does.")
    added = {made.seq: made for made, _, _ in replay.afterwards.every}
    for rendered in (*replay.renderings, *added.values()):
        if rendered.about.get("names"):
            _check_names_of(rendered, replay.disclosed, printing, report)


def _check_names_of(
    rendered: Entry, disclosed: Mapping[int, Mapping[str, Any]], printing: Printing, report: Report
) -> None:
    setting, printed = printing.settings[rendered.seq], rendered.about.get("signoffs")
    known = as_printed(disclosed, setting.corrected, setting.renamed)
    shown = [seq for seq in printed if seq not in setting.withheld] if isinstance(printed, list) else []
    salt = str(disclosed.get(rendered.seq, {}).get("names_salt") or "")
    if not salt or any(seq not in known for seq in shown):
        report.remarks.append(
            f"The names that entry {rendered.seq} commits to were not compared: what opens them is not here."
        )
        return
    forms: set[str] = set()
    for seq in shown:
        name, organisation, acronym = (str(known[seq].get(part) or "") for part in ("name", "organisation", "acronym"))
        forms |= name_forms(name or organisation) if seq in setting.individuals else name_forms(organisation, acronym)
    try:
        raw = bytes.fromhex(salt)
    except ValueError:
        raw = b""
    if names_of(raw, name_keys(raw, forms)) != rendered.about["names"]:
        report.invalid.append(f"Entry {rendered.seq} commits to other names than those that its document prints.")
