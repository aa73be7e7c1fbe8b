"""What was signed: checkpoints and proofs against the entries that are here."""

from __future__ import annotations

import functools
from dataclasses import replace

from workflow.verify.bundle import Bundle
from workflow.verify.entries import Entry
from workflow.verify.keys import Keys
from workflow.verify.notes import Checkpoint, of_this_log, read_proof
from workflow.verify.report import Report, VerificationError
from workflow.verify.tree import is_included, leaf_hash, roots


def check_checkpoints(bundle: Bundle, keys: Keys, report: Report) -> list[Checkpoint]:
    """Check the signature of every checkpoint of the bundle; returns those that hold and are of this log."""
    signed = []
    for number, content in sorted(bundle.checkpoints.items()):
        if not keys.at(number):
            continue
        source = f"checkpoints/{number}.txt"
        try:
            checkpoint = keys.open(source, utf8(content))
            if checkpoint.size != number:
                raise VerificationError(f"it is a checkpoint of {checkpoint.size} entries")
            signed.append(of_this_log(checkpoint, keys.name, report.letter))
        except VerificationError as fault:
            report.invalid.append(f"{source}: {fault}.")
    if not bundle.checkpoints:
        report.invalid.append("There is no checkpoint: nobody has signed these entries.")
    return signed


def utf8(content: bytes) -> str:
    """Read a text file; raises VerificationError."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise VerificationError("it is not text in UTF-8") from None


SIGNING = ("invitation.sign", "invitation.stay", "invitation.fulfil")
"""The entries that are sign-offs."""


def check_proofs(bundle: Bundle, keys: Keys, entries: list[Entry], report: Report) -> list[Checkpoint]:
    """Check that every sign-off has a proof that holds; returns the checkpoints that the proofs carry."""
    signed = []
    for entry in entries:
        if entry.action in SIGNING and entry.seq not in bundle.proofs:
            report.invalid.append(f"The proof of the sign-off in entry {entry.seq} is missing.")
    # Proofs mostly share the newest checkpoint: its signature is checked once.
    opened = functools.lru_cache(maxsize=64)(lambda note: keys.open("", note))
    for number, content in sorted(bundle.proofs.items()):
        source = f"proofs/{number}.tlog-proof"
        try:
            index, path, note = read_proof(utf8(content))
            checkpoint = replace(of_this_log(opened(note), keys.name, report.letter), source=source)
            leaf = leaf_hash(bundle.entries.get(number, b""))
            if index != number or not is_included(index, checkpoint.size, leaf, path, checkpoint.root):
                raise VerificationError(
                    f"it does not prove entry {number}: it is of another entry, or one of the two was changed"
                )
            signed.append(checkpoint)
        except VerificationError as fault:
            report.invalid.append(f"{source}: {fault}.")
    return signed


def check_roots(bundle: Bundle, signed: list[Checkpoint], report: Report) -> None:
    """Say where the entries part from what was signed, and whether some were cut off or put at the end."""
    if not signed:
        return
    count, newest = max(bundle.entries) + 1, max(checkpoint.size for checkpoint in signed)
    found = roots(bundle.whole(), {checkpoint.size for checkpoint in signed})
    reached = sorted((c.size, c.root) for c in signed if c.size in found)
    bad = next((size for size, root in reached if root != found[size]), None)
    if bad is not None:
        good = max((size for size, _ in reached if size < bad), default=0)
        place = f"Entry {good}" if bad == good + 1 else f"One of the entries {good} to {bad - 1}"
        report.invalid.append(
            f"{place} is not what was signed: it was changed, or an entry was removed, added or moved there and the "
            f"rest renumbered. The checkpoint of {bad} entries contradicts it; the first {good} are as signed."
        )
    if newest > count:
        report.invalid.append(f"The log is cut short: a checkpoint of {newest} entries was signed, {count} are here.")
    if newest < count:
        report.invalid.append(f"Entries were added at the end: nobody has signed those from {newest} to {count - 1}.")
