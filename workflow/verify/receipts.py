"""What others hold: receipts, checkpoints and heads from outside, compared with this log."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from workflow.verify.bundle import Bundle
from workflow.verify.heads import Heads, two_notes
from workflow.verify.keys import Keys, is_head
from workflow.verify.notes import PROOF_HEADER, Checkpoint, of_this_log, open_note, read_proof
from workflow.verify.report import InputError, Report, VerificationError
from workflow.verify.tree import is_included, leaf_hash, roots

HEAD_HEADER = "Undersigned-Head"
"""The header of a mail that carries the newest head of the log over all letters, in base64."""
NO_RECEIPT = "receipts and heads from outside: none was given (--receipt), so only the operator vouches"


def check_receipts(
    bundle: Bundle, keys: Keys, signed: list[Checkpoint], heads: Heads, receipts: Mapping[str, bytes], report: Report
) -> None:
    """Compare what lies in other people's mailboxes with this log; two roots for one size diverge."""
    for name, content in counted_once(receipts, report):
        try:
            agreeing = [
                _agrees(name, text, bundle, keys, signed, heads, report) for text in read_receipt(name, content)
            ]
            report.matches += any(agreeing)
        except InputError as fault:
            report.unusable.append(str(fault))
    stated: dict[int, Checkpoint] = {}
    for checkpoint in signed:
        other = stated.setdefault(checkpoint.size, checkpoint)
        if other.root != checkpoint.root:
            report.diverged.append(two_notes(checkpoint, other))
    say_reached(report, max(bundle.entries) + 1)
    if not receipts:
        report.unchecked.append(NO_RECEIPT)


def counted_once(receipts: Mapping[str, bytes], report: Report) -> list[tuple[str, bytes]]:
    """Return what was given without copies of the same bytes, which vouch for nothing more."""
    seen: dict[bytes, str] = {}
    for name, content in receipts.items():
        if seen.setdefault(content, name) != name:
            report.facts.append(f"Receipt {name}: a copy of {seen[content]}, so it is not counted again.")
    return [(name, content) for content, name in seen.items()]


def say_reached(report: Report, count: int) -> None:
    """Say which of the entries are younger than all from outside that matches: for these only the operator vouches."""
    if report.matches and report.reached < count:
        report.unchecked.append(
            f"the entries from {report.reached} to {count - 1}, against anything outside: what was given is older"
        )


def read_receipt(name: str, content: bytes) -> list[str]:
    """Return the proofs, checkpoints and heads in a text of one, or in a whole mail (.eml). Raises InputError."""
    text = content.replace(b"\r\n", b"\n").decode("utf-8", "replace")
    if text.startswith(PROOF_HEADER) or (text.count("\n") < 30 and "\n\n— " in text):
        return [text]
    import email
    import email.policy

    # The older policy of the parser: it keeps what it cannot make sense of, where the newer one stumbles over it.
    mail = email.message_from_bytes(content, policy=email.policy.compat32)
    parts = [part for part in mail.walk() if str(part.get_filename() or "").endswith(".tlog-proof")]
    found = [part.get_payload(decode=True) for part in parts]
    texts = [part.replace(b"\r\n", b"\n").decode("utf-8", "replace") for part in found if isinstance(part, bytes)]
    for head in mail.get_all(HEAD_HEADER, []):
        try:
            texts.append(base64.b64decode("".join(str(head).split()), validate=True).decode())
        except ValueError:
            raise InputError(f"{name}: its {HEAD_HEADER} is not one: it was cut off or changed.") from None
    if not texts:
        raise InputError(
            f"{name} holds no proof and no head: save the whole mail as .eml, or its attachment .tlog-proof."
        )
    return texts


def _agrees(
    name: str, text: str, bundle: Bundle, keys: Keys, signed: list[Checkpoint], heads: Heads, report: Report
) -> bool:
    """Compare one proof, checkpoint or head; whether it is of this history. Raises InputError."""
    try:
        index, path, note = read_proof(text) if text.startswith(PROOF_HEADER) else (-1, [], text)
        if is_head(open_note(note)):
            return heads.compare(name, note)
        receipt = of_this_log(keys.open_receipt(name, note), keys.name, report.letter)
        if receipt.size == 0:
            raise VerificationError("it is of the log before its first entry")
    except VerificationError as fault:
        raise InputError(f"{name}: {fault}. It proves nothing about this evidence.") from None
    count, found = max(bundle.entries) + 1, roots(bundle.whole(), {receipt.size, *(c.size for c in signed)})
    rival, leaf = _rival(receipt, signed, found), leaf_hash(bundle.entries.get(index, b""))
    if rival is not None:
        report.diverged.append(two_notes(receipt, rival))
    elif receipt.size > count:
        report.invalid.append(
            f"The log is cut short: {name} was signed over {receipt.size} entries, {count} are here. If the receipt is "
            "younger than this evidence, ask for evidence of today."
        )
    elif found.get(receipt.size) != receipt.root:
        report.invalid.append(f"The entries are not those of {name}: they were changed after it was signed.")
    elif index >= 0 and not is_included(index, receipt.size, leaf, path, receipt.root):
        raise InputError(f"{name}: its checkpoint is that of this log, but its path to entry {index} is damaged.")
    else:
        proved = f", and proves entry {index}" if index >= 0 else ""
        report.reached = max(report.reached, receipt.size)
        report.facts.append(f"Receipt {name}: agrees with the first {receipt.size} entries{proved}.")
        return True
    return False


def _rival(receipt: Checkpoint, signed: list[Checkpoint], found: Mapping[int, bytes]) -> Checkpoint | None:
    """Return a signed checkpoint that cannot be of the same log as the receipt's, if there is one."""
    for checkpoint in signed:
        if checkpoint.size == receipt.size and checkpoint.root != receipt.root:
            return checkpoint
    # A longer one commits to the entries before it too, where it is the root of the entries that are here.
    longer = [c for c in signed if c.size > receipt.size and c.root == found.get(c.size)]
    return longer[-1] if longer and found[receipt.size] != receipt.root else None
