"""The texts against the digests that were frozen, and personal data against the commitments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from workflow.verify.bundle import Bundle, canonical, read_json
from workflow.verify.entries import Entry
from workflow.verify.report import Report, VerificationError

COMMITMENT = b"undersigned/commit/v1\0"


def check_revisions(bundle: Bundle, entries: list[Entry], report: Report) -> dict[str, dict[str, Any]]:
    """Check each text against the digest that the log froze; returns the texts by their digests."""
    frozen: dict[int, Entry] = {}
    texts = {}
    for entry in entries:
        if entry.action == "revision.frozen" and type(entry.about.get("number")) is int:
            first = frozen.setdefault(entry.about["number"], entry)
            if first.about.get("digest") != entry.about.get("digest"):
                report.invalid.append(f"The entries {first.seq} and {entry.seq} freeze two texts under one number.")
    for number, content in sorted(bundle.revisions.items()):
        digest, by = hashlib.sha256(content).hexdigest(), frozen.pop(number, None)
        if by is None:
            report.invalid.append(f"Revision {number} was never frozen: no entry names it.")
        elif digest != by.about.get("digest"):
            report.invalid.append(
                f"Revision {number} is not the text that entry {by.seq} froze: its digest is {digest}."
            )
        else:
            try:
                texts[digest] = read_json(content)
            except VerificationError as fault:
                report.invalid.append(f"Revision {number} {fault}.")
    for number, entry in frozen.items():
        report.invalid.append(f"Revision {number}, which entry {entry.seq} froze, is missing.")
    return {digest: text for digest, text in texts.items() if isinstance(text, dict)}


def check_disclosures(bundle: Bundle, entries: list[Entry], report: Report) -> dict[int, dict[str, Any]]:
    """Open the salted commitments; returns what they hold by entry. One without a disclosure is withheld or erased."""
    committed = {entry.seq: entry.commitment for entry in entries if entry.commitment is not None}
    opened: dict[int, dict[str, Any]] = {}
    files = [(f"disclosures/{seq}.json", seq, content) for seq, content in sorted(bundle.disclosures.items())]
    lines = [(f"disclosures.jsonl, line {number}:", None, line) for number, line in enumerate(bundle.opened, 1)]
    for source, seq, content in (*files, *lines):
        try:
            number, payload = _opened(content, committed, seq)
            if number in opened:
                raise VerificationError(f"opens entry {number} once more")
            opened[number] = payload
        except VerificationError as fault:
            report.invalid.append(f"{source} {fault}.")
    withheld = len(committed.keys() - opened.keys())
    if withheld:
        report.facts.append(f"Personal data: shown for {len(opened)} entries, withheld or erased for {withheld}.")
        report.unchecked.append(f"what {withheld} of the entries say of persons: it is withheld or erased")
    return opened


def _opened(content: bytes, committed: Mapping[int, str], seq: int | None) -> tuple[int, dict[str, Any]]:
    """
    Return the entry of a disclosure and what it holds, if it committed to it: SHA-256(label, salt, canonical payload).

    In a line the disclosure names its entry, where it is a file of its own the name of the file does.
    """
    fields = read_json(content)
    due = {"payload", "salt"} if seq is not None else {"payload", "salt", "seq"}
    if not isinstance(fields, dict) or fields.keys() != due:
        raise VerificationError("has not a salt of 32 bytes and what it opens")
    named, salt, payload = fields.get("seq", seq), fields["salt"], fields["payload"]
    if not isinstance(salt, str) or not re.fullmatch("[0-9a-f]{64}", salt) or not isinstance(payload, dict):
        raise VerificationError("has not a salt of 32 bytes and what it opens")
    found = hashlib.sha256(COMMITMENT + bytes.fromhex(salt) + canonical(payload)).hexdigest()
    if type(named) is not int or found != committed.get(named):
        raise VerificationError("is not what its entry committed to")
    return named, payload
