"""A file that shows of one name whether it stands in a letter that was sent, and no other name (not-in-letter.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from workflow.verify.entries import Entry, read_entry
from workflow.verify.notes import IsSigned, Key, checkpoint_of, of_this_log, open_note, read_key, read_proof
from workflow.verify.printed_names import Leaf, folded_name, is_printed
from workflow.verify.report import InputError, Report, VerificationError
from workflow.verify.tree import is_included, leaf_hash

ONE_NAME = "undersigned/one-name/v1"
LARGEST_ONE_NAME = 4 * 1024 * 1024
LOOKS_LATIN = re.compile("(?=.*[a-z]).*[\u0370-\u058f\u13a0-\u13ff\uab70-\uabbf]", re.DOTALL)
"""Latin letters, and Greek, Cyrillic, Armenian or Cherokee ones, many of which look like them."""
NOT_IN_ONE_NAME = (
    "whether the document prints the names that its entry commits to: the whole evidence shows it, and receipts show "
    "that its log is the one that others hold",
    "whether somebody signed whose name is withheld: such a name is not printed, and so is none of these",
)


def is_one_name(content: bytes) -> bool:
    """Whether bytes look like such a file."""
    return content[:1] == b"{" and ONE_NAME.encode() in content[:LARGEST_ONE_NAME]


def check_one_name(content: bytes, vkeys: Sequence[str], is_signed: IsSigned, letter: str | None = None) -> Report:
    """
    Check such a file and return the report.

    `vkeys` are the keys that one trusts; without one the file's own is used, and the report says so. `letter` is the
    letter that was asked for. Raises InputError where the bytes are no such file.
    """
    fields = _one_name_in(content)
    report = Report(letter=str(fields["letter"]), key_checked=bool(vkeys), unchecked=list(NOT_IN_ONE_NAME))
    if letter is not None and report.letter != letter:
        report.invalid.append(f"This is about the letter {report.letter}, not {letter}.")
    keys = [read_key(one) for one in (vkeys or [str(fields["vkey"])])]
    try:
        _judge_name(fields, _Logged(report.letter, keys, is_signed), report)
    except VerificationError as fault:
        report.invalid.append(f"This does not show whether the name is in the letter: {fault}.")
    return report


def _one_name_in(content: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(content) if len(content) <= LARGEST_ONE_NAME else None
    except (ValueError, RecursionError):
        fields = None
    texts = ("format", "letter", "name", "vkey")
    if not isinstance(fields, dict) or any(not isinstance(fields.get(one), str) for one in texts):
        raise InputError("This is not a file about one name: it is cut off, changed or another file.")
    if fields["format"] != ONE_NAME or not isinstance(fields.get("documents"), list):
        raise InputError("This is not a file about one name, or of a later version: take a newer verifier.")
    return fields


class _Logged:
    """Reads entries that come with their own proof."""

    def __init__(self, letter: str, keys: Sequence[Key], is_signed: IsSigned) -> None:
        self.letter, self.keys, self.is_signed = letter, keys, is_signed
        self.note = ""

    def entry(self, fields: object, action: str) -> Entry:
        """Return an entry that is shown to be in the letter's log. Raises VerificationError."""
        entry, proof = (fields.get(part) for part in ("entry", "proof")) if isinstance(fields, dict) else (None, None)
        if not isinstance(entry, str) or not isinstance(proof, str):
            raise VerificationError(f"the entry {action} or its proof is missing")
        content = entry.encode("utf-8", "replace")
        index, path, note = read_proof(proof)
        if note != (self.note or note):
            raise VerificationError("its proofs lead to different checkpoints")
        self.note, signatures = note, open_note(note)
        key = next((one for one in self.keys if signatures.of(one)), self.keys[0])
        signatures.check(key, self.is_signed)
        signed = of_this_log(checkpoint_of("its checkpoint", signatures), key.name, self.letter)
        if not is_included(index, signed.size, leaf_hash(content), path, signed.root):
            raise VerificationError(f"the entry {action} is not in the log that was signed")
        found = read_entry(index, content)
        if (found.letter, found.seq, found.action) != (self.letter, index, action):
            raise VerificationError(f"an entry is not the one of {action} that it must be")
        return found


def _judge_name(fields: dict[str, Any], logged: _Logged, report: Report) -> None:
    sent = logged.entry(fields.get("dispatch"), "letter.dispatch")
    due = sent.about.get("documents")
    wanted = folded_name(fields["name"])
    if not wanted:
        raise VerificationError("the name has neither a letter nor a digit")
    found: dict[str, tuple[bool, Entry]] = {}
    for document in fields["documents"]:
        rendered = logged.entry(document, "document.rendered")
        docx = str(rendered.about.get("docx"))
        printed = _name_is_in(document, rendered, wanted)
        if (docx in found and found[docx][0] != printed) or rendered.seq > sent.seq:
            raise VerificationError(f"entry {rendered.seq} is not the one that the document was sent by")
        found[docx] = printed, rendered
    if not found or not isinstance(due, list) or not found.keys() <= set(map(str, due)):
        raise VerificationError("it speaks of no document that was sent, or of another one")
    for docx, (printed, rendered) in found.items():
        stands = "stands" if printed else "does not stand"
        report.facts.append(
            f"{fields['name']!r} {stands} among the names in the document of entry {rendered.seq} ({docx}), sent in "
            f"entry {sent.seq}, {sent.at}."
        )
    left = len(set(map(str, due)) - found.keys())
    if left:
        report.remarks.append(f"{left} other documents of this letter were sent; this file says nothing of them.")
    spelt = "" if wanted.isascii() else f" ({wanted!a})"
    report.facts.append(
        f"Compared as {wanted!r}{spelt}: letters and digits alone. Another name of the same people is another name."
    )
    if LOOKS_LATIN.match(wanted):
        report.remarks.append(
            f"{fields['name']!r} mixes letters of several scripts ({wanted!a}), some of which look alike: it may not "
            "be the name that it looks like."
        )


def _name_is_in(fields: dict[str, Any], rendered: Entry, wanted: str) -> bool:
    names, size, leaves = rendered.about.get("names"), fields.get("size"), fields.get("leaves")
    if not names:
        raise VerificationError(f"entry {rendered.seq} is older than the trees of names, and commits to none")
    if type(size) is not int or not isinstance(leaves, list) or len(leaves) > 2:
        raise VerificationError("it has not the parts that such a file has")
    salt, root = _name_hash(fields.get("salt")), _name_hash(fields.get("root"))
    return is_printed(str(names), salt, size, root, [_name_leaf(one) for one in leaves], wanted)


def _name_leaf(fields: object) -> Leaf:
    index, path = (fields.get(part) for part in ("index", "path")) if isinstance(fields, dict) else (None, None)
    if type(index) is not int or not isinstance(path, list) or len(path) > 64:
        raise VerificationError("one of its leaves has not the parts that a leaf has")
    return Leaf(index, _name_hash(fields.get("key")), [_name_hash(one) for one in path])  # type: ignore[attr-defined]


def _name_hash(value: object) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise VerificationError("it holds something that is not 64 hex digits")
    return bytes.fromhex(value)
