"""The texts against the digests that were frozen, and personal data against the commitments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from workflow.verify.bundle import Bundle, canonical, read_json
from workflow.verify.entries import Entry
from workflow.verify.erased import Erased, some_of
from workflow.verify.report import Report, VerificationError

COMMITMENT = b"undersigned/commit/v1\0"


def check_revisions(bundle: Bundle, entries: list[Entry], report: Report, erased: Erased) -> dict[str, dict[str, Any]]:
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
    if erased.begun is not None and frozen:
        lost = some_of(frozen)
        report.remarks.append(
            f"The texts of the revisions {lost} were erased: entry {erased.begun.seq}. A copy from elsewhere is that "
            "text if its SHA-256 is the digest that was frozen."
        )
        frozen.clear()
    for number, entry in frozen.items():
        report.invalid.append(f"Revision {number}, which entry {entry.seq} froze, is missing.")
    return {digest: text for digest, text in texts.items() if isinstance(text, dict)}


def check_disclosures(
    bundle: Bundle, entries: list[Entry], report: Report, erased: Erased, *, whole: bool = True
) -> dict[int, dict[str, Any]]:
    """
    Open the salted commitments; returns what they hold by entry. One without a disclosure is withheld or erased.

    Where the evidence is not `whole`, what is said of others was left out on purpose.
    """
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
    report.facts += erased.facts
    missing = committed.keys() - opened.keys()
    gone = {seq for seq in missing if seq in erased.openings}
    withheld = (missing - gone) & (_of_withheld(entries) if whole else missing)
    if missing:
        report.facts.append(
            f"Personal data: shown for {len(opened)} entries, erased for {len(gone)}, withheld for {len(withheld)}."
        )
        report.unchecked.append(f"what {len(missing)} of the entries say of persons: it is withheld or erased")
    if lost := missing - gone - withheld:
        report.remarks.append(
            f"What opens the entries {some_of(lost)} is not here, and no entry says that it was erased: "
            "it was left out, or lost."
        )
    if back := erased.openings.keys() & opened.keys():
        report.remarks.append(f"What opens the entries {some_of(back)} is here, though it was erased.")
    return opened


def _of_withheld(entries: list[Entry]) -> set[int]:
    """The entries about an organisation whose name is withheld."""
    withheld: dict[str, bool] = {}
    for entry in entries:
        if entry.action == "invitation.placed":
            withheld[str(entry.about.get("invitation"))] = entry.about.get("confidential") is True
    return {entry.seq for entry in entries if withheld.get(str(entry.about.get("invitation")))}


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
