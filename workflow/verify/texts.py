"""The texts against the digests that were frozen, and personal data against the commitments."""

from __future__ import annotations

import hashlib
import re
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
    opened = {}
    for seq, content in sorted(bundle.disclosures.items()):
        try:
            opened[seq] = _opened(content, committed.get(seq))
        except VerificationError as fault:
            report.invalid.append(f"disclosures/{seq}.json {fault}.")
    withheld = len(committed.keys() - bundle.disclosures.keys())
    if withheld:
        report.facts.append(f"Personal data: shown for {len(opened)} entries, withheld or erased for {withheld}.")
    return opened


def _opened(content: bytes, commitment: str | None) -> dict[str, Any]:
    """Return what a disclosure holds, if its entry committed to it: SHA-256(label, salt, canonical payload)."""
    fields = read_json(content)
    salt, payload = (fields.get("salt"), fields.get("payload")) if isinstance(fields, dict) else (None, None)
    if not isinstance(salt, str) or not re.fullmatch("[0-9a-f]{64}", salt) or not isinstance(payload, dict):
        raise VerificationError("has not a salt of 32 bytes and what it opens")
    if hashlib.sha256(COMMITMENT + bytes.fromhex(salt) + canonical(payload)).hexdigest() != commitment:
        raise VerificationError("is not what its entry committed to")
    return payload
