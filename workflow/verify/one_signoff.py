"""
The evidence of one sign-off: some entries, each with its proof, held to what they say of one organisation.

Whether all of its entries are here no such evidence can show: what is not checked says so.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from workflow.verify.bundle import Bundle, read_json
from workflow.verify.entries import Entry, read_entry
from workflow.verify.erased import read_erased
from workflow.verify.heads import Heads, two_notes
from workflow.verify.keys import Keys
from workflow.verify.notes import Checkpoint, IsSigned, Key, open_note, read_base64, read_proof
from workflow.verify.one_document import check_received_of_one
from workflow.verify.receipts import Held, compare_receipts
from workflow.verify.replay import HOW, Replay
from workflow.verify.report import InputError, Report, VerificationError
from workflow.verify.signed import check_checkpoints, utf8
from workflow.verify.texts import check_disclosures
from workflow.verify.tree import is_continued, is_included, leaf_hash

OF_ONE = "signoff.json"
"""The file that says that evidence is of one sign-off."""
CONTINUED = "consistency.jsonl"
NOT_IN_ONE = (
    "who else signed, and what else is in the history of this letter: that is not here",
    "whether something was left out that the organisation did later, such as to withdraw: the whole evidence shows it",
    "what was printed and sent: no document is here",
)
DOCUMENTS_NOT_JUDGED = "the documents that were given: the entries do not hold"


OF_THE_LETTER = (
    *("letter.", "revision.", "document.", "person."),
    *("campaign.terms", "deadline.extended", "clock.jumped", "addendum.sent"),
)
"""How the names of actions begin that are about the letter, and so about each organisation of it."""


class OneReplay(Replay):
    """The letter's life with one invitation in it: of the others nothing is known."""

    WHOLE = False

    def _rendered(self, entry: Entry) -> None:
        digest, printed, _ = entry.says("digest"), entry.says("signoffs", list), entry.says("docx")
        counting, known = self.counting(digest), {seq for seq in printed if type(seq) is int and seq in self.signoffs}
        for seq in sorted(counting - known):
            self._wrong(f"The document of entry {entry.seq} leaves out the sign-off in {self.name(seq)}.")
        for seq in sorted(known - counting):
            self._wrong(f"The document of entry {entry.seq} prints {self._no_sign_off(seq, digest)}")
        self.renderings.append(entry)

    def _dispatched(self, entry: Entry) -> None:
        self._with_required(entry)
        self.dispatched = [str(sha256) for sha256 in entry.says("documents", list)]

    def _confirmed(self, entry: Entry) -> None:
        pass

    def _approved(self, entry: Entry) -> None:
        self._with_required(entry)


def verify_one(
    bundle: Bundle,
    trusted: Sequence[Key],
    receipts: Mapping[str, bytes],
    received: Mapping[str, bytes],
    letter: str | None,
    report: Report,
    is_signed: IsSigned,
    witnesses: Sequence[str],
    certificates: Sequence[bytes],
) -> Report:
    """Check the evidence of one sign-off, with the keys that one trusts, and return the report. Raises InputError."""
    report.unchecked.extend(NOT_IN_ONE)
    report.of = " for one signature alone"
    entries, contents = _some_entries(bundle, report)
    if letter is not None and report.letter != letter:
        report.invalid.append(f"This is evidence of the letter {report.letter}, not of {letter}.")
    newest = bundle.checkpoints[max(bundle.checkpoints)] if bundle.checkpoints else b""
    keys = Keys(trusted, [], newest, report, is_signed)
    if _is_of_another_key(newest, keys):
        report.unusable.append(
            "These proofs are signed with another key than the one that was given. If the key was changed, take the "
            "one of now from a younger receipt, or check the evidence of the whole letter: it shows how keys follow."
        )
        return report
    signed = check_checkpoints(bundle, keys, report)
    one = max(signed, key=lambda checkpoint: checkpoint.size, default=None)
    if one is not None:
        _check_each_proof(bundle, contents, one, report)
        _check_older(bundle, one, signed, report)
    erased = read_erased(entries)
    texts = _some_texts(bundle, entries, report, whole=erased.begun is None)
    replay = OneReplay(check_disclosures(bundle, entries, report, erased, whole=False), texts, report)
    replay.erased = erased
    if not report.invalid:
        for entry in entries:
            replay.apply(entry)
        check_received_of_one(received, replay, texts, report)
    elif received:
        report.unchecked.append(DOCUMENTS_NOT_JUDGED)
    _check_about(bundle, replay, report)
    heads = Heads(bundle, keys, signed, report)
    heads.check_witnesses(witnesses)
    heads.check_stamps(bundle, signed, certificates)
    report.facts[:0] = _told_of_one(keys, entries, one, replay, report)
    compare_receipts(
        receipts,
        bundle,
        keys,
        heads,
        replay.signoffs,
        lambda held: _agrees_with_one(held, contents, signed, report),
        report,
    )
    return report


def _some_entries(bundle: Bundle, report: Report) -> tuple[list[Entry], dict[int, bytes]]:
    """Read the entries: in order, none twice, all of one letter, of one invitation or of the letter itself."""
    entries: list[Entry] = []
    contents: dict[int, bytes] = {}
    mails: set[str] = set()
    invitation = _signoff_said(bundle).get("invitation")
    for line, content in sorted(bundle.entries.items()):
        try:
            entry = read_entry(line, content)
        except VerificationError as fault:
            report.invalid.append(f"Of line {line + 1}: {fault}")
            continue
        if entries and entry.seq <= entries[-1].seq:
            report.invalid.append(f"Entry {entry.seq} comes after entry {entries[-1].seq}: they are not in order.")
        if entries and entry.letter != entries[0].letter:
            report.invalid.append(f"Entry {entry.seq} is of another letter, {entry.letter}.")
        if entry.action == "delivery.queued" and entry.about.get("invitation") == invitation:
            mails.add(str(entry.about.get("delivery")))
        named = entry.about.get("invitation", invitation if entry.about.get("delivery") in mails else None)
        if named != invitation and not entry.action.startswith(OF_THE_LETTER):
            report.invalid.append(f"Entry {entry.seq} ({entry.action}) is not about this organisation.")
        entries.append(entry)
        contents[entry.seq] = content
    report.letter = entries[0].letter if entries else ""
    return entries, contents


def _signoff_said(bundle: Bundle) -> dict[str, Any]:
    try:
        found = json.loads(bundle.others[OF_ONE])
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _is_of_another_key(note: bytes, keys: Keys) -> bool:
    try:
        signatures = open_note(note.decode("utf-8", "replace"))
    except VerificationError:
        return False
    return not any(signatures.of(key) for key in keys.trusted)


def _check_each_proof(bundle: Bundle, contents: Mapping[int, bytes], one: Checkpoint, report: Report) -> None:
    """Every entry has a proof that leads to the one checkpoint, and there is no other proof."""
    for seq in sorted(contents.keys() | bundle.proofs.keys()):
        try:
            if seq not in bundle.proofs:
                raise VerificationError("it is missing")
            index, path, note = read_proof(utf8(bundle.proofs[seq]))
            if note != one.note:
                raise VerificationError(f"it does not lead to the checkpoint in {one.source}")
            leaf = leaf_hash(contents.get(seq, b""))
            if index != seq or not is_included(index, one.size, leaf, path, one.root):
                raise VerificationError(f"it does not prove entry {seq}: one of the two was changed, or is of another")
        except VerificationError as fault:
            report.invalid.append(f"proofs/{seq}.tlog-proof: {fault}.")


def _check_older(bundle: Bundle, one: Checkpoint, signed: Sequence[Checkpoint], report: Report) -> None:
    """The checkpoint that the proofs lead to continues each older one: what it proves of the first ones is of both."""
    older = {checkpoint.size: checkpoint for checkpoint in signed if checkpoint.size < one.size}
    lines = bundle.continued.get(CONTINUED, b"").split(b"\n")
    if lines.pop():
        report.invalid.append(f"checkpoints/{CONTINUED} is cut off.")
    for number, line in enumerate(lines, 1):
        try:
            fields = read_json(line)
            size, path = (fields.get(part) for part in ("size", "path")) if isinstance(fields, dict) else (None, None)
            checkpoint = older.pop(size, None) if type(size) is int else None
            if checkpoint is None or not isinstance(path, list) or len(fields) != 2:
                raise VerificationError("it is of no older checkpoint that is here")
            hashes = [read_base64(step) if isinstance(step, str) else b"" for step in path]
            if not is_continued(checkpoint.size, checkpoint.root, one.size, one.root, hashes):
                raise VerificationError(f"it does not show that {one.source} continues {checkpoint.source}")
        except VerificationError as fault:
            report.invalid.append(f"checkpoints/{CONTINUED}, line {number}: {fault}.")
    for checkpoint in older.values():
        report.invalid.append(f"{checkpoint.source}: nothing shows that {one.source} continues it.")


def _some_texts(bundle: Bundle, entries: Sequence[Entry], report: Report, whole: bool) -> dict[str, dict[str, Any]]:
    """Check the texts that are here; those that its entries are about must be, where the letter is `whole`."""
    frozen = {one.about.get("number"): one.about.get("digest") for one in entries if one.action == "revision.frozen"}
    texts: dict[str, dict[str, Any]] = {}
    for number, content in sorted(bundle.revisions.items()):
        digest = hashlib.sha256(content).hexdigest()
        if frozen.get(number) != digest:
            report.invalid.append(f"Revision {number} is not the text that was frozen: its digest is {digest}.")
            continue
        try:
            found = read_json(content)
            texts[digest] = found if isinstance(found, dict) else {}
        except VerificationError as fault:
            report.invalid.append(f"Revision {number} {fault}.")
    for entry in entries:
        due = entry.about.get("digest") if "invitation" in entry.about else None
        if whole and due is not None and due not in texts:
            report.invalid.append(f"The text that entry {entry.seq} ({entry.action}) is about is not here.")
    return texts


def _check_about(bundle: Bundle, replay: OneReplay, report: Report) -> None:
    """The sign-off that this is said to be of must be one of the entries."""
    due = _signoff_said(bundle).get("signoff")
    if due is not None and due not in replay.signoffs and not report.invalid:
        report.invalid.append(f"This is said to be of the sign-off in entry {due}, and there is none.")


def _told_of_one(
    keys: Keys, entries: Sequence[Entry], one: Checkpoint | None, replay: OneReplay, report: Report
) -> list[str]:
    key = keys.newest
    facts = [f"Letter {report.letter}, log {key.name}/letters/{report.letter}, key {key.name}+{key.mark.hex()}"]
    if entries and one:
        facts.append(
            f"Evidence of one organisation alone: {len(entries)} of {one.size} entries, {entries[0].at} to "
            f"{entries[-1].at}, each proved under the root {base64.b64encode(one.root).decode()}"
        )
    standing = replay.counting(replay.digest)
    for seq, entry in replay.signoffs.items():
        counts = "counts" if seq in standing else "does not count"
        how = HOW.get(entry.action, "confirmed")
        printed = [str(made.seq) for made in replay.renderings if seq in made.about["signoffs"]]
        where = f", printed by the documents of the entries {', '.join(printed)}" if printed else ""
        text = entry.about["digest"][:12]
        facts.append(
            f"Sign-off in {replay.name(seq)}: {entry.at}, text {text}, {how}, {counts} as far as is here{where}."
        )
    facts += [
        f"Entry {entry.seq}, {entry.at}: {entry.action.partition('.')[2]}."
        for entry in entries
        if entry.action in ("invitation.decline", "invitation.retract")
    ]
    return facts


def _agrees_with_one(held: Held, contents: Mapping[int, bytes], signed: Sequence[Checkpoint], report: Report) -> int:
    """Compare a proof or a checkpoint from outside; how many entries it is over, 0 if none. Raises InputError."""
    name, index, receipt = held.name, held.index, held.signed
    one = max(signed, key=lambda checkpoint: checkpoint.size, default=None)
    same = next((checkpoint for checkpoint in signed if checkpoint.size == receipt.size), None)
    if same is not None and receipt.root != same.root:
        report.diverged.append(two_notes(receipt, same))
    elif index in contents and held.proves(contents[index]):
        report.facts.append(f"Receipt {name}: proves entry {index}, as it is here.")
        return receipt.size
    elif index in contents and one is not None and any(map(held.proves, _attached(held.content))):
        report.diverged.append(two_notes(receipt, one))
    elif index in contents:
        raise InputError(f"{name}: it does not prove entry {index} as it is here. Give the whole mail, as .eml.")
    elif same is not None:
        report.facts.append(f"Receipt {name}: is signed over the same {same.size} entries.")
        return receipt.size
    else:
        report.unchecked.append(f"{name}: it is of other entries than are here; compare it with the whole evidence")
    return 0


def _attached(mail: bytes) -> list[bytes]:
    """The entries that a receipt mail has with it: what its own proof is of."""
    import email
    import email.policy

    parts = email.message_from_bytes(mail, policy=email.policy.compat32).walk()
    found = [part.get_payload(decode=True) for part in parts if part.get_filename() == "entry.json"]
    return [part for part in found if isinstance(part, bytes)]
