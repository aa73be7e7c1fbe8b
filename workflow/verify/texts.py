"""The texts against the digests that were frozen, and personal data against the commitments."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from workflow.verify.bundle import Bundle, canonical, read_json
from workflow.verify.entries import Entry
from workflow.verify.report import Fault, Report


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
            except Fault as fault:
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
            fields = json.loads(content)
            salt, payload = bytes.fromhex(fields["salt"]), fields["payload"]
            digest = hashlib.sha256(b"undersigned/commit/v1\0" + salt + canonical(payload)).hexdigest()
        except (ValueError, KeyError, TypeError, RecursionError):
            report.invalid.append(f"disclosures/{seq}.json cannot be read.")
            continue
        if len(salt) != 32 or digest != committed.get(seq) or not isinstance(payload, dict):
            report.invalid.append(f"disclosures/{seq}.json is not what entry {seq} committed to.")
        else:
            opened[seq] = payload
    withheld = len(committed.keys() - bundle.disclosures.keys())
    if withheld:
        report.facts.append(f"Personal data: shown for {len(opened)} entries, withheld or erased for {withheld}.")
    return opened
