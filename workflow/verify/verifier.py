"""All checks of an evidence bundle, in order."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from workflow.verify.bundle import Bundle, sort_out
from workflow.verify.documents import check_documents, check_received
from workflow.verify.ed25519 import is_signed
from workflow.verify.entries import Entry, check_entries
from workflow.verify.erased import read_erased
from workflow.verify.heads import Heads
from workflow.verify.keys import Keys
from workflow.verify.notes import Checkpoint, IsSigned, read_key
from workflow.verify.one_signoff import OF_ONE, verify_one
from workflow.verify.printed_names import check_printed_names
from workflow.verify.printing import Printing
from workflow.verify.receipts import check_receipts
from workflow.verify.replay import HOW, Replay
from workflow.verify.report import InputError, Report
from workflow.verify.signed import check_checkpoints, check_proofs, check_roots
from workflow.verify.texts import check_disclosures, check_revisions


def verify(
    files: Mapping[str, bytes],
    vkey: str | Sequence[str] | None = None,
    receipts: Mapping[str, bytes] | Sequence[bytes] = (),
    received: Mapping[str, bytes] | None = None,
    letter: str | None = None,
    is_signed: IsSigned = is_signed,
    witnesses: Sequence[str] = (),
    certificates: Sequence[bytes] = (),
) -> Report:
    """
    Check the files of an evidence bundle (name to bytes) and return the report.

    `vkey` is the key that one trusts, or several (without it, the bundle's own, and the report says so); `receipts`
    are proofs, checkpoints or receipt mails from outside, by name or in order; `received` are documents as somebody
    received them; `letter` is the letter that was asked for; `is_signed` checks a signature, where there is something
    quicker than plain Python; `witnesses` are their keys, and `certificates` (DER) those of time-stamp servers that one
    trusts. Raises InputError when nothing can be checked.
    """
    bundle = sort_out(files)
    trusted = [read_key(one) for one in _given(vkey) or [_own_key(bundle)]]
    report = Report(key_checked=bool(_given(vkey)))
    if OF_ONE in bundle.others:
        outside = (_by_name(receipts), received or {})
        return verify_one(bundle, trusted, *outside, letter, report, is_signed, witnesses, certificates)
    if bundle.continued:
        raise InputError("checkpoints/consistency.jsonl does not belong in evidence of a whole letter.")
    entries = check_entries(bundle, report)
    newest = bundle.checkpoints[max(bundle.checkpoints)] if bundle.checkpoints else b""
    keys = Keys(trusted, entries, newest, report, is_signed)
    if letter is not None and report.letter != letter:
        report.invalid.append(f"This is evidence of the letter {report.letter}, not of {letter}.")
    whole = not report.invalid
    signed = check_checkpoints(bundle, keys, report) + check_proofs(bundle, keys, entries, report)
    check_roots(bundle, signed, report)
    keys.check(signed, report)
    erased = read_erased(entries)
    texts = check_revisions(bundle, entries, report, erased)
    replay = Replay(check_disclosures(bundle, entries, report, erased), texts, report)
    replay.erased = erased
    if whole:
        printing = Printing(replay.disclosed)
        for entry in entries:
            replay.apply(entry)
            printing.apply(entry)
        check_documents(bundle, replay, printing, texts, report)
        check_printed_names(replay, printing, report)
        check_received(received or {}, replay, report)
        pdfs = sum(name.endswith(".pdf") for name in bundle.documents)
        if pdfs:
            report.unchecked.append(
                f"what is printed in {pdfs} PDFs: their bytes are on record, their words were not read"
            )
    else:
        report.unchecked.append("sign-offs and documents: the entries are not whole")
    heads = Heads(bundle, keys, signed, report)
    heads.check_witnesses(witnesses)
    heads.check_stamps(bundle, signed, certificates)
    report.facts[:0] = _facts(keys, entries, signed, replay, report)
    check_receipts(bundle, keys, signed, heads, replay.signoffs, _by_name(receipts), report)
    return report


def _given(vkey: str | Sequence[str] | None) -> list[str]:
    return [vkey] if isinstance(vkey, str) else list(vkey or [])


def _by_name(receipts: Mapping[str, bytes] | Sequence[bytes]) -> Mapping[str, bytes]:
    if isinstance(receipts, Mapping):
        return receipts
    return {f"receipt {number}": content for number, content in enumerate(receipts, 1)}


def _own_key(bundle: Bundle) -> str:
    try:
        return str(json.loads(bundle.others.get(OF_ONE) or bundle.others["letter.json"])["vkey"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InputError("There is no key to check with. Take it from a receipt, and give it with --vkey.") from None


def _facts(keys: Keys, entries: list[Entry], signed: list[Checkpoint], replay: Replay, report: Report) -> list[str]:
    newest = max(signed, key=lambda checkpoint: checkpoint.size, default=None)
    key = keys.newest
    facts = [f"Letter {report.letter}, log {key.name}/letters/{report.letter}, key {key.name}+{key.mark.hex()}"]
    facts += [f"Entry {change.seq}, {change.at}: the key was changed." for change in keys.changes]
    if entries:
        facts.append(f"{len(entries)} entries, {entries[0].at} to {entries[-1].at}; the letter is {replay.state}.")
    if newest:
        facts.append(f"Newest checkpoint: {newest.size} entries, root {base64.b64encode(newest.root).decode()}")
    facts += [f"The letter was mailed to {address}: entry {seq}." for seq, address in replay.sent_to]
    standing = replay.counting(replay.digest)
    for seq, entry in replay.signoffs.items():
        counts = "counts" if seq in standing else "does not count"
        if seq in replay.afterwards.late:
            counts = "given late, for the addendum" if seq in replay.afterwards.lasting else "given late, taken back"
        elif seq in replay.afterwards.withdrawn:
            counts = f"counts, withdrawn after it was sent (entry {replay.afterwards.withdrawn[seq]})"
        how = HOW.get(entry.action, "confirmed")
        text = entry.about["digest"][:12]
        facts.append(f"Sign-off in {replay.name(seq)}: {entry.at}, text {text}, {how}, {counts}.")
    return facts
