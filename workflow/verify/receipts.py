"""
What others hold: receipts, checkpoints and heads from outside, compared with this log, and each counted once.

Nothing in a file shows that it came from elsewhere: whoever gives it vouches for that. What can be told is whether it
is more than the evidence itself carries, and more than what was given besides.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from workflow.verify.bundle import Bundle
from workflow.verify.heads import HEAD, Heads, two_notes
from workflow.verify.keys import Keys, is_head
from workflow.verify.notes import PROOF_HEADER, Checkpoint, checkpoint_of, of_this_log, open_note, read_proof
from workflow.verify.report import InputError, Report, VerificationError
from workflow.verify.signed import utf8
from workflow.verify.tree import is_included, leaf_hash, roots

HEAD_HEADER = "Undersigned-Head"
"""The header of a mail that carries the newest head of the log over all letters, in base64."""
OF_A_MAIL = ("From", "Date", "Message-ID")
"""The headers that every mail has which went out, and no file of the evidence."""
NO_RECEIPT = "receipts and heads from outside: none was given (--receipt), so only the operator vouches"
ONLY_OWN = "receipts and heads from outside: what was given the evidence carries itself, so only the operator vouches"


@dataclass(frozen=True)
class Held:
    """What somebody holds, opened: a signed checkpoint or head, and the entry that it is to prove (-1 for none)."""

    name: str
    content: bytes
    """The whole file that it was found in."""
    index: int
    path: list[bytes]
    signed: Checkpoint
    is_head: bool

    def proves(self, entry: bytes) -> bool:
        """Whether its path leads from an entry to what was signed."""
        return is_included(self.index, self.signed.size, leaf_hash(entry), self.path, self.signed.root)

    def things(self) -> list[str]:
        """What it shows: the note by what is signed, and which entry under it."""
        note = _thing(self.signed)
        return [note] if self.is_head or self.index < 0 else [note, f"{note} {self.index}"]


def compare_receipts(
    receipts: Mapping[str, bytes],
    bundle: Bundle,
    keys: Keys,
    heads: Heads,
    signoffs: Container[int],
    agrees: Callable[[Held], int],
    report: Report,
) -> None:
    """
    Compare what lies in other people's mailboxes with this log, and count it.

    `agrees` compares what is of the letter's own log: it returns over how many entries that is, 0 where it is not of
    this history. `signoffs` are the entries that receipts are of.
    """
    own = _carried(bundle) if receipts else set()
    shown: dict[str, set[str]] = {}
    for name, content in counted_once(receipts, report):
        try:
            opened = (_open_held(name, content, text, keys, heads, report) for text in read_receipt(name, content))
            # Each of them is compared, whatever the first one says.
            reached = [(held, heads.compare(name, held.signed) if held.is_head else agrees(held)) for held in opened]
        except InputError as fault:
            report.unusable.append(str(fault))
            continue
        agreeing = [(held, size) for held, size in reached if size]
        outside = [(h, size) for h, size in agreeing if _is_a_mail(content) or not _is_own(h, own, signoffs)]
        if outside:
            shown[name] = {thing for held, _ in outside for thing in held.things()}
            report.reached = max(report.reached, *(size for _, size in outside))
        elif agreeing:
            report.own += 1
            report.facts.append(
                f"Receipt {name}: the evidence itself carries what it holds, and nothing in it is of an email that "
                "went out, so it is not counted. Give the whole mail, as .eml."
            )
    _count(shown, report)
    if not report.matches:
        report.unchecked += [ONLY_OWN] if report.own else [NO_RECEIPT] if not receipts else []


def _count(shown: Mapping[str, set[str]], report: Report) -> None:
    """Count each that shows what no other one that is counted shows."""
    left = Counter(thing for things in shown.values() for thing in things)
    again, last_first = set(), list(shown)[::-1]
    for name in sorted(last_first, key=lambda one: len(shown[one])):
        if all(left[thing] > 1 for thing in shown[name]):
            left.subtract(shown[name])
            again.add(name)
    counted = [name for name in shown if name not in again]
    report.matches += len(counted)
    first = {thing: place for place in reversed(range(len(counted))) for thing in shown[counted[place]]}
    for name in (one for one in shown if one in again):
        others = " and ".join(counted[place] for place in sorted({first[thing] for thing in shown[name]}))
        report.facts.append(f"Receipt {name}: shows nothing that {others} does not show, so it is not counted again.")


def _carried(bundle: Bundle) -> set[str]:
    """What the evidence itself carries: its notes, and what its proofs prove under them."""
    found = {content: {-1} for content in (*bundle.checkpoints.values(), bundle.common.get(HEAD, b""))}
    proofs = [content for files in (bundle.common, bundle.stamps) for content in files.values()]
    for content in (*bundle.proofs.values(), *proofs):
        try:
            index, _, note = read_proof(utf8(content))
            found.setdefault(note.encode(), set()).add(index)
        except VerificationError:
            continue
    things = set()
    for content, indexes in found.items():
        try:
            note = _thing(checkpoint_of("", open_note(utf8(content))))
        except VerificationError:
            continue
        things |= {note, *(f"{note} {index}" for index in indexes)}
    return things


def _thing(signed: Checkpoint) -> str:
    return f"{signed.origin} {signed.size} {signed.root.hex()}"


def _is_own(held: Held, own: Container[str], signoffs: Container[int]) -> bool:
    """Whether the evidence carries it; a receipt proves a sign-off, which under that note may stand nowhere else."""
    note, proof = held.things()[0], held.things()[-1]
    return proof in own or (note in own and held.index not in signoffs)


def _is_a_mail(content: bytes) -> bool:
    import email
    import email.policy

    mail = email.message_from_bytes(content, policy=email.policy.compat32)
    return all(str(mail.get(name) or "").strip() for name in OF_A_MAIL)


def counted_once(receipts: Mapping[str, bytes], report: Report) -> list[tuple[str, bytes]]:
    """Return what was given without copies of the same bytes, which vouch for nothing more."""
    seen: dict[bytes, str] = {}
    for name, content in receipts.items():
        if seen.setdefault(content, name) != name:
            report.facts.append(f"Receipt {name}: a copy of {seen[content]}, so it is not counted again.")
    return [(name, content) for content, name in seen.items()]


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


def _open_held(name: str, content: bytes, text: str, keys: Keys, heads: Heads, report: Report) -> Held:
    """Open one proof, checkpoint or head of this log, or of the one over all letters. Raises InputError."""
    try:
        index, path, note = read_proof(text) if text.startswith(PROOF_HEADER) else (-1, [], text)
        if is_head(open_note(note)):
            return Held(name, content, index, path, heads.open(name, note), True)
        signed = of_this_log(keys.open_receipt(name, note), keys.name, report.letter)
        if signed.size == 0:
            raise VerificationError("it is of the log before its first entry")
        return Held(name, content, index, path, signed, False)
    except VerificationError as fault:
        raise InputError(f"{name}: {fault}. It proves nothing about this evidence.") from None


# --- with all of the letter's log at hand -----------------------------------------------------------------------------


def check_receipts(
    bundle: Bundle,
    keys: Keys,
    signed: list[Checkpoint],
    heads: Heads,
    signoffs: Container[int],
    receipts: Mapping[str, bytes],
    report: Report,
) -> None:
    """Compare what others hold with the whole of this log; two roots for one size diverge."""
    compare_receipts(
        receipts, bundle, keys, heads, signoffs, lambda held: _agrees(held, bundle, signed, report), report
    )
    stated: dict[int, Checkpoint] = {}
    for checkpoint in signed:
        other = stated.setdefault(checkpoint.size, checkpoint)
        if other.root != checkpoint.root:
            report.diverged.append(two_notes(checkpoint, other))
    say_reached(report, max(bundle.entries) + 1)


def say_reached(report: Report, count: int) -> None:
    """Say which of the entries are younger than all from outside that matches: for these only the operator vouches."""
    if report.matches and report.reached < count:
        report.unchecked.append(
            f"the entries from {report.reached} to {count - 1}, against anything outside: what was given is older"
        )


def _agrees(held: Held, bundle: Bundle, signed: list[Checkpoint], report: Report) -> int:
    """Compare a proof or a checkpoint; how many entries it is over, 0 if not of this history. Raises InputError."""
    name, index, receipt = held.name, held.index, held.signed
    count, found = max(bundle.entries) + 1, roots(bundle.whole(), {receipt.size, *(c.size for c in signed)})
    rival = _rival(receipt, signed, found)
    if rival is not None:
        report.diverged.append(two_notes(receipt, rival))
    elif receipt.size > count:
        report.invalid.append(
            f"The log is cut short: {name} was signed over {receipt.size} entries, {count} are here. If the receipt is "
            "younger than this evidence, ask for evidence of today."
        )
    elif found.get(receipt.size) != receipt.root:
        report.invalid.append(f"The entries are not those of {name}: they were changed after it was signed.")
    elif index >= 0 and not held.proves(bundle.entries.get(index, b"")):
        raise InputError(f"{name}: its checkpoint is that of this log, but its path to entry {index} is damaged.")
    else:
        proved = f", and proves entry {index}" if index >= 0 else ""
        report.facts.append(f"Receipt {name}: agrees with the first {receipt.size} entries{proved}.")
        return receipt.size
    return 0


def _rival(receipt: Checkpoint, signed: list[Checkpoint], found: Mapping[int, bytes]) -> Checkpoint | None:
    """Return a signed checkpoint that cannot be of the same log as the receipt's, if there is one."""
    for checkpoint in signed:
        if checkpoint.size == receipt.size and checkpoint.root != receipt.root:
            return checkpoint
    # A longer one commits to the entries before it too, where it is the root of the entries that are here.
    longer = [c for c in signed if c.size > receipt.size and c.root == found.get(c.size)]
    return longer[-1] if longer and found[receipt.size] != receipt.root else None
