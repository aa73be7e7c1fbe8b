"""The log over all letters: its newest head, this letter's checkpoint in it, and the heads that others hold."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.verify.bundle import Bundle, read_json
from workflow.verify.keys import Keys
from workflow.verify.notes import WITNESS_KEY, Checkpoint, open_note, read_base64, read_key, read_proof
from workflow.verify.report import Report, VerificationError
from workflow.verify.signed import utf8
from workflow.verify.tree import is_continued, is_included, leaf_hash, roots
from workflow.verify.witnessed import check_cosignatures, check_timestamp

HEAD, PROVED, EARLIER = "checkpoint.txt", "letter.tlog-proof", "consistency.jsonl"


@dataclass(frozen=True)
class _Claim:
    """That an older head holds this letter's checkpoint: in which line, of which head, where, of how many entries."""

    line: int
    size: int
    index: int
    entries: int
    path: Sequence[bytes]


class Heads:
    """What the evidence shows of the log over all letters: its newest head, and which older ones that one continues."""

    def __init__(self, bundle: Bundle, keys: Keys, signed: list[Checkpoint], report: Report) -> None:
        self.keys, self.report = keys, report
        self.newest: Checkpoint | None = None
        self.roots: dict[int, bytes] = {}
        """The root of its first entries, by how many they are."""
        self.places: list[tuple[int, int]] = []
        """Where this letter's checkpoints stand among them, and of how many of its entries each is."""
        self.stated: dict[tuple[str, int], Checkpoint] = {}
        if not bundle.common:
            report.unchecked.append("the log over all letters: there is no head of it in this evidence")
            return
        try:
            self._read(bundle, signed)
        except VerificationError as fault:
            report.invalid.append(f"{fault}.")

    def _read(self, bundle: Bundle, signed: list[Checkpoint]) -> None:
        """Read the head and what hangs on it. Raises VerificationError."""
        for name in (HEAD, PROVED):
            if name not in bundle.common:
                raise VerificationError(f"common/{name} is missing")
        try:
            note = utf8(bundle.common[HEAD])
            newest = self.open(f"common/{HEAD}", note)
        except VerificationError as fault:
            raise VerificationError(f"common/{HEAD}: {fault}") from None
        self.roots[newest.size] = newest.root
        try:
            self._place(newest, utf8(bundle.common[PROVED]), signed)
            self.newest = newest
        except VerificationError as fault:
            raise VerificationError(f"common/{PROVED}: {fault}") from None
        lines = bundle.common.get(EARLIER, b"").split(b"\n")
        if lines.pop():
            raise VerificationError(f"common/{EARLIER} is cut off")
        claims: list[_Claim] = []
        for number, line in enumerate(lines, 1):
            try:
                claims += self._continue(newest, number, line)
            except VerificationError as fault:
                raise VerificationError(f"common/{EARLIER}, line {number}: {fault}") from None
        self._place_earlier(bundle, claims)

    def open(self, source: str, note: str) -> Checkpoint:
        """Check the signature of a head, and compare it with others of its size. Raises VerificationError."""
        head = self.keys.open_head(source, note)
        if head.size == 0:
            raise VerificationError("it is of the log before its first entry")
        if head.origin != f"{self.keys.name}/log":
            self.report.remarks.append(f"{source} is of the log {head.origin}, and the letter's of {self.keys.name}.")
        other = self.stated.setdefault((head.origin, head.size), head)
        if other.root != head.root:
            self.report.diverged.append(two_notes(head, other))
        return head

    def _place(self, newest: Checkpoint, proof: str, signed: list[Checkpoint]) -> None:
        """Look for the letter's checkpoint that the proof is of. Raises VerificationError."""
        index, path, note = read_proof(proof)
        if note != newest.note:
            raise VerificationError(f"it does not lead to the head in common/{HEAD}")
        own = _held(index, path, newest, signed)
        self.places.append((index, own.size))
        self.report.facts.append(
            f"The log over all letters, {newest.origin}: its head of {newest.size} entries holds, as entry {index}, "
            f"this letter's checkpoint of {own.size} entries."
        )
        last = max(one.size for one in signed)
        if last > own.size:
            self.report.unchecked.append(
                f"the entries from {own.size} to {last - 1}, against the log over all letters: its head is older"
            )

    def _continue(self, newest: Checkpoint, number: int, line: bytes) -> list[_Claim]:
        """Read how the newest head continues an older one, and what that one holds. Raises VerificationError."""
        fields = read_json(line)
        claims = []
        try:
            size, root, path = fields["size"], read_base64(fields["root"]), _read_hashes(fields["path"])
            holds = type(size) is int
            if fields.keys() != {"size", "root", "path"}:
                index, entries, place = fields["index"], fields["entries"], _read_hashes(fields["place"])
                holds = holds and len(fields) == 6 and type(index) is int and type(entries) is int
                claims.append(_Claim(number, size, index, entries, place))
        except (KeyError, TypeError):
            holds = False
        if not holds or not is_continued(size, root, newest.size, newest.root, path):
            raise VerificationError("it does not show that the newest head continues an older one")
        self.roots[size] = root
        return claims

    def _place_earlier(self, bundle: Bundle, claims: Sequence[_Claim]) -> None:
        """Look for checkpoints of these very entries in the older heads that hold one. Raises VerificationError."""
        known = roots(bundle.whole(), {claim.entries for claim in claims}) if claims else {}
        for claim in claims:
            root = base64.b64encode(known.get(claim.entries, b"")).decode()
            text = f"{self.keys.name}/letters/{self.report.letter}\n{claim.entries}\n{root}\n"
            leaf = leaf_hash(hashlib.sha256(text.encode("utf-8", "replace")).digest())
            if claim.entries < 1 or not is_included(claim.index, claim.size, leaf, claim.path, self.roots[claim.size]):
                raise VerificationError(
                    f"common/{EARLIER}, line {claim.line}: it does not show that the older head holds these entries"
                )
            self.places.append((claim.index, claim.entries))

    def compare(self, name: str, head: Checkpoint) -> int:
        """Compare a head that somebody else holds; returns how many of the letter's entries it vouches for."""
        newest = self.newest
        if newest is None or head.origin != newest.origin:
            self.report.unchecked.append(f"{name}, a head of {head.origin}: this evidence has none of that log")
        elif head.size in self.roots and self.roots[head.size] == head.root:
            agrees = "is" if head.size == newest.size else "is continued by"
            held = max((entries for index, entries in self.places if index < head.size), default=0)
            if not held:
                self.report.unchecked.append(
                    f"{name}, a head of {head.size} entries: the newest one continues it, but that it holds anything "
                    "of this letter is not shown, so it says nothing of it"
                )
                return 0
            self.report.facts.append(
                f"Head {name}: {agrees} the head of {newest.size} entries in this evidence, and holds the first "
                f"{held} entries of this letter."
            )
            return held
        elif head.size in self.roots:
            if head.size != newest.size:  # Those of one size were compared when they were read.
                self.report.diverged.append(two_notes(head, newest))
        else:
            age = "younger" if head.size > newest.size else "older"
            self.report.unchecked.append(
                f"{name}, a head of {head.size} entries: it is {age} than the one in this evidence, of {newest.size}, "
                "and no proof that one continues the other is at hand (on the server: flask history compare)"
            )
        return 0

    def check_witnesses(self, vkeys: Sequence[str]) -> None:
        """Say which witnesses have signed the newest head. Raises InputError for a key that is none."""
        known = [read_key(vkey, WITNESS_KEY).name for vkey in vkeys]
        if self.newest is None:
            self.report.unchecked += [f"what {name} has signed: there is no head here" for name in known]
            return
        try:
            found = check_cosignatures(self.newest.note, vkeys, self.keys.is_signed)
        except VerificationError as fault:
            self.report.invalid.append(f"common/{HEAD}: {fault}.")
            return
        self.report.facts += [
            f"The head of {self.newest.size} entries was seen by {one.by} at {one.at}." for one in found
        ]
        self.report.cosigners += [one.by for one in found]
        self.report.unchecked += [
            f"{name}: it has not signed the head" for name in known if name not in self.report.cosigners
        ]
        others = len(open_note(self.newest.note).marks) - 1 - len(found)
        if others > 0 and not known:
            self.report.unchecked.append(
                f"what {others} others have signed of the head: no key of theirs was given (--witness)"
            )

    def check_stamps(self, bundle: Bundle, signed: list[Checkpoint], certificates: Sequence[bytes]) -> None:
        """Check the time stamps: each is of a head in which there is a checkpoint of this letter."""
        stamps = {int(name[:-4]): stamp for name, stamp in bundle.stamps.items() if name.endswith(".tsr")}
        for name in bundle.stamps:
            if name.endswith(".tlog-proof") and int(name.partition(".")[0]) not in stamps:
                self.report.invalid.append(f"stamps/{name}: the time stamp that belongs to it is missing.")
        unsure = []
        for size, stamp in sorted(stamps.items()):
            try:
                unsure += self._check_stamp(
                    size, stamp, bundle.stamps.get(f"{size}.tlog-proof", b""), signed, certificates
                )
            except VerificationError as fault:
                self.report.invalid.append(f"stamps/{size}.tsr, with its proof: {fault}.")
        if unsure:
            self.report.unchecked.append(f"{len(unsure)} of {len(stamps)} time stamps: {unsure[-1]}")

    def _check_stamp(
        self, size: int, stamp: bytes, proof: bytes, signed: list[Checkpoint], certificates: Sequence[bytes]
    ) -> list[str]:
        """Check one, and its head; returns what was not checked of it. Raises VerificationError."""
        index, path, note = read_proof(utf8(proof))
        head = self.open(f"stamps/{size}.tlog-proof", note)
        if head.size != size or self.roots.get(size, head.root) != head.root:
            raise VerificationError("its head is not the one that the newest continues")
        own, text = _held(index, path, head, signed), open_note(note).content + "\n"
        found = check_timestamp(stamp, text.encode(), certificates)
        if not found.is_checked:
            return [f"{found.how_checked} ({found.by}, {found.at})"]
        last = max(one.size for one in signed)
        over = "" if own.size == last else f", over the first {own.size} of {last} entries"
        self.report.stamps[:] = [f"{found.by}, {found.at}{over}"]
        self.report.facts.append(f"Time stamp by {found.by}: at {found.at} there were the first {own.size} entries.")
        return []


def _held(index: int, path: list[bytes], head: Checkpoint, signed: list[Checkpoint]) -> Checkpoint:
    """Return the letter's checkpoint that stands in the head's log at this place. Raises VerificationError."""
    for checkpoint in sorted(signed, key=lambda one: -one.size):
        if is_included(index, head.size, leaf_hash(common_entry(checkpoint)), path, head.root):
            return checkpoint
    raise VerificationError("it proves no checkpoint of this letter: it is of another, or was changed")


def _read_hashes(listed: object) -> list[bytes]:
    """Read the hashes of a list. Raises TypeError where it is none, VerificationError."""
    if not isinstance(listed, list):
        raise TypeError("no list")
    return list(map(read_base64, listed))


def common_entry(checkpoint: Checkpoint) -> bytes:
    """What the log over all letters holds of a letter's checkpoint: the SHA-256 of its three signed lines."""
    return hashlib.sha256((checkpoint.note.rpartition("\n\n")[0] + "\n").encode()).digest()


def two_notes(one: Checkpoint, other: Checkpoint) -> str:
    """Say that two signed heads contradict each other, with both of them."""
    what = f"one size, {one.size}, and two roots" if one.size == other.size else "neither continues the other"
    return (
        f"{one.source} and {other.source} are both signed, and contradict each other ({what}).\n"
        f"--- {one.source}\n{one.note}--- {other.source}\n{other.note}---"
    )
