#!/usr/bin/env python3
"""
Check the evidence of a letter, offline, without trusting whoever made it: standard library only, Python 3.9 or later.

    python3 verify.py evidence.zip --vkey letters.example.org+1a2b3c4d+AQ... --receipt receipt.eml

Ends with 0: it holds; 1: something is invalid; 2: two histories were shown; 3: the input cannot be used. It writes
no file, asks no network, and never takes a part of the evidence for granted. Formats: docs/history.md.
"""

# ruff: noqa: B905, RUF007 (zip(strict=...) and itertools.pairwise came with Python 3.10)
from __future__ import annotations

import argparse
import base64
import binascii
import email
import email.policy
import functools
import hashlib
import html
import io
import json
import re
import sys
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

HOLDS, INVALID, DIVERGED, UNUSABLE = 0, 1, 2, 3

NOT_PROVED = """What this does not prove:
- that the person named is the person who pressed the button: the log shows through which link, not by whose hand;
- that everything was recorded: what the operator left out before a checkpoint went out in a mail cannot be missed;
- anything after the signing key was stolen, until the next receipt lies in a mailbox out of the thief's reach;
- the times, which are the server's own clock; what the README, letter.json and servers.json tell;
- anything at all, if this verifier came with the evidence and nowhere else: compare it with the project's copy."""


class Fault(Exception):
    """Something in the evidence that does not hold; the sentence says what and where."""


class Unusable(Exception):
    """An input that cannot be read at all, so nothing can be said about it."""


# --- Ed25519 (RFC 8032) ----------------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)


def _add(one: Point, other: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, 5.1.4)."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _decode_point(encoded: bytes) -> Point | None:
    """Read a point in its one spelling (RFC 8032, 5.1.3), or None."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(encoded) != 32 or y >= P or v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


@functools.lru_cache(maxsize=8)
def _multiples(point: Point) -> list[list[Point]]:
    """Row i holds 0 to 255 times 256**i times the point: a product is then 32 additions, which many notes repay."""
    rows = []
    for _ in range(32):
        row = [ZERO]
        for _ in range(255):
            row.append(_add(row[-1], point))
        rows.append(row)
        point = _add(row[255], point)
    return rows


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the Ed25519 signature of a message holds: strict, without cofactor, as OpenSSL and Go check it."""
    key, base = _decode_point(public), _decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or base is None or len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    total = ZERO
    for point, factor in ((base, scalar), ((P - key[0], key[1], 1, P - key[3]), challenge)):
        for row, digit in zip(_multiples(point), factor.to_bytes(32, "little")):
            total = _add(total, row[digit])
    inverse = pow(total[2], -1, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- keys, notes, checkpoints and proofs (c2sp.org/signed-note, /tlog-checkpoint, /tlog-proof) -----------------------

PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Key:
    """A verifier key: its name, its four identifying bytes, its public half."""

    name: str
    mark: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A signed note that states a log's size and root, and the file it was found in."""

    source: str
    note: str
    origin: str
    size: int
    root: bytes


def _base64(encoded: str) -> bytes:
    try:
        value = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Fault("it holds something that is not base64") from None
    if base64.b64encode(value).decode() != encoded:
        raise Fault("it holds base64 in another spelling than the one allowed")
    return value


def read_key(vkey: str) -> Key:
    """Read a verifier key, `name+id+base64`. Raises Unusable."""
    name, _, rest = vkey.strip().partition("+")
    known, _, encoded = rest.partition("+")
    try:
        key = _base64(encoded)
    except Fault:
        key = b""
    mark = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + key).digest()[:4]
    if not re.fullmatch(r"\S+", name) or len(key) != 33 or key[0] != 1 or mark.hex() != known:
        raise Unusable("The key is not a whole verifier key (name+1a2b3c4d+AQ...). Copy it again from the receipt.")
    return Key(name, mark, key[1:])


def open_checkpoint(source: str, note: str, key: Key) -> Checkpoint:
    """Check the signature of a note under the key, and read the checkpoint in it. Raises Fault."""
    content, separator, tail = note.rpartition("\n\n")
    lines = tail.split("\n")[:-1]
    if not separator or not note.endswith("\n") or len(lines) > 16 or any(c < " " and c != "\n" for c in note):
        raise Fault(f"{source} is not a signed note: it is cut off, changed or too long.")
    marks = [_signature_line(source, line) for line in lines]
    ours = [mark[4:] for name, mark in marks if (name, mark[:4]) == (key.name, key.mark)]
    if len(ours) != 1:
        raise Fault(f"{source} is not signed (once) with the key {key.name}+{key.mark.hex()}.")
    if not is_signed(key.public, ours[0], (content + "\n").encode()):
        raise Fault(f"{source}: the signature does not hold. The note was changed, or {key.name} did not sign it.")
    return _read_checkpoint(source, note, content.split("\n"))


def _signature_line(source: str, line: str) -> tuple[str, bytes]:
    found = re.fullmatch(r"— ([^\s+]+) ([!-~]+)", line)
    if found is None:
        raise Fault(f"{source}: a signature line is not well formed.")
    return found[1], _within(source, _base64, found[2])


def _within(source: str, read: Any, *arguments: Any) -> Any:
    """Call a reader, and name the file in what it complains of."""
    try:
        return read(*arguments)
    except Fault as fault:
        raise Fault(f"{source}: {fault}.") from None


def _read_checkpoint(source: str, note: str, lines: list[str]) -> Checkpoint:
    if len(lines) != 3 or not lines[0]:
        raise Fault(f"{source} is signed, but not a checkpoint: it has not the three lines origin, size and root.")
    size, root = _within(source, _number, lines[1]), _within(source, _base64, lines[2])
    if len(root) != 32:
        raise Fault(f"{source}: the root has not 32 bytes.")
    return Checkpoint(source, note, lines[0], size, root)


def _number(digits: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", digits):
        raise Fault("it holds a number in another spelling than the one allowed")
    return int(digits)


def read_proof(source: str, proof: str) -> tuple[int, list[bytes], str]:
    """Read a proof into its index, its path and its signed note; nothing is checked yet. Raises Fault."""
    head, separator, note = proof.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 2 and lines[1].startswith("extra "):
        del lines[1]  # Nothing vouches for it.
    if not separator or lines[0] != PROOF_HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise Fault(f"{source} is not a proof: it does not begin with {PROOF_HEADER} and an index.")
    path = [_within(source, _base64, line) for line in lines[2:66]]
    return _within(source, _number, lines[1][len("index ") :]), path, note


# --- the tree (RFC 6962, 2.1) ----------------------------------------------------------------------------------------


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def roots(entries: Iterable[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Return the root of the first n entries, for every n that is asked for and reached."""
    subtrees: list[bytes] = []
    found = {0: hashlib.sha256(b"").digest()}
    for index, entry in enumerate(entries):
        node, full = _leaf(entry), index
        while full & 1:
            node, full = _node(subtrees.pop(), node), full >> 1
        subtrees.append(node)
        if index + 1 in sizes:
            found[index + 1] = functools.reduce(lambda right, left: _node(left, right), reversed(subtrees))
    return found


def is_included(index: int, size: int, entry: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the entry at this index to the root of a log of this size."""
    inner = (index ^ (size - 1)).bit_length()
    if not 0 <= index < size or len(path) != inner + bin(index >> inner).count("1"):
        return False
    node = _leaf(entry)
    for level, sibling in enumerate(path):
        node = _node(sibling, node) if level >= inner or index >> level & 1 else _node(node, sibling)
    return node == root and all(len(sibling) == 32 for sibling in path)


# --- canonical JSON (RFC 8785, for the objects, texts and whole numbers that occur here) -----------------------------


def canonical(value: Any) -> bytes:
    """Return the canonical bytes. Our keys are ASCII, so sorting by code point is sorting by UTF-16 unit."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_json(content: bytes) -> Any:
    """Parse canonical JSON; any other spelling, a double key or a fraction raises Fault."""
    try:
        value = json.loads(content, parse_float=_no_number, parse_constant=_no_number, parse_int=_whole)
        if canonical(value) == content:
            return value
    except (ValueError, RecursionError):
        pass
    raise Fault("is not canonical JSON (RFC 8785): its bytes were changed, or written by something else")


def _no_number(_: str) -> NoReturn:
    raise ValueError("only whole numbers")


def _whole(digits: str) -> int:
    if len(digits) > 16 or abs(int(digits)) > 2**53 - 1:
        raise ValueError("too large")
    return int(digits)


# --- the bundle ------------------------------------------------------------------------------------------------------

MEGABYTE = 1024 * 1024
MOST_FILES = 1_000_000
MOST_BYTES = 2048 * MEGABYTE
LAYOUT = (
    ("entries", re.compile(r"entries/([0-9]{1,9})\.json"), 64 * 1024),
    ("checkpoints", re.compile(r"checkpoints/([0-9]{1,9})\.txt"), 256 * 1024),
    ("proofs", re.compile(r"proofs/([0-9]{1,9})\.tlog-proof"), 256 * 1024),
    ("revisions", re.compile(r"revisions/([0-9]{1,9})\.json"), 32 * MEGABYTE),
    ("disclosures", re.compile(r"disclosures/([0-9]{1,9})\.json"), MEGABYTE),
    ("documents", re.compile(r"documents/([0-9a-f]{64}\.(?:docx|pdf))"), 128 * MEGABYTE),
    ("others", re.compile(r"(README\.txt|verify\.py|letter\.json|servers\.json)"), 32 * MEGABYTE),
)


@dataclass
class Bundle:
    """The files of the evidence, by what they are and by their number or name."""

    entries: dict[int, bytes] = field(default_factory=dict)
    checkpoints: dict[int, bytes] = field(default_factory=dict)
    proofs: dict[int, bytes] = field(default_factory=dict)
    revisions: dict[int, bytes] = field(default_factory=dict)
    disclosures: dict[int, bytes] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    others: dict[str, bytes] = field(default_factory=dict)


def _place(name: str) -> tuple[str, str, int]:
    """Where a file belongs: its kind, its number or name, and the most bytes it may have. Raises Unusable."""
    for kind, pattern, most in LAYOUT:
        found = pattern.fullmatch(name)
        if found:
            return kind, found[1], most
    raise Unusable(f"{_shown(name)} does not belong in an evidence file. Ask for a fresh one.")


def sort_out(files: Mapping[str, bytes]) -> Bundle:
    """Put the files into a bundle; one that does not belong there, or is there twice, raises Unusable."""
    bundle = Bundle()
    for name, content in files.items():
        kind, key, most = _place(name)
        place: dict[Any, bytes] = getattr(bundle, kind)
        known: Any = key if kind in ("documents", "others") else int(key)
        if known in place:
            raise Unusable(f"{name} is there twice under two names. Ask for a fresh evidence file.")
        if len(content) > most:
            raise Unusable(f"{name} is larger than such a file can be ({most} bytes).")
        place[known] = content
    if not bundle.entries:
        raise Unusable("There are no entries here. Give evidence.zip, or run this inside the unpacked folder.")
    return bundle


def read_evidence(path: Path) -> dict[str, bytes]:
    """Read evidence.zip or the folder it was unpacked to, within limits. Raises Unusable."""
    try:
        if path.is_dir():
            names = (str(found.relative_to(path).as_posix()) for found in path.rglob("*") if found.is_file())
            return {name: (path / name).read_bytes() for name in names if _belongs(name)}
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise Unusable(f"{path} cannot be read as evidence: {error}") from error


def _belongs(name: str) -> bool:
    return any(pattern.fullmatch(name) for _, pattern, _ in LAYOUT)


def _unpack(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_FILES or len({member.filename for member in members}) != len(members):
        raise Unusable("The archive holds two files of one name, or far too many. Ask for a fresh one.")
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for member in members:
        _, _, most = _place(member.filename)
        with archive.open(member) as opened:
            content = opened.read(min(most, left) + 1)
        left -= len(content)
        if len(content) > most or left < 0:
            raise Unusable(f"{member.filename} unpacks to more bytes than such a file can have.")
        files[member.filename] = content
    return files


# --- the report ------------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What was found: `invalid` and `diverged` say what is wrong and where; `remarks` are for a person to look at."""

    letter: str = ""
    facts: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    diverged: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    matches: int = 0
    key_checked: bool = False

    @property
    def exit_code(self) -> int:
        """0 holds, 1 invalid, 2 diverged, 3 an input could not be used."""
        if self.diverged:
            return DIVERGED
        return INVALID if self.invalid else UNUSABLE if self.unusable else HOLDS

    @property
    def verdict(self) -> str:
        """The verdict in one line; never one word."""
        if self.diverged:
            return "DIVERGED: two histories of this letter were shown. Keep both notes: they prove it."
        if self.invalid:
            return f"INVALID: {len(self.invalid)} finding{'s' if len(self.invalid) > 1 else ''}, listed above."
        seen = f"matches {self.matches} outside receipt{'s' if self.matches > 1 else ''}"
        unchecked = "" if self.key_checked else " (key not checked)"
        return f"VALID, {seen if self.matches else 'operator-signed only'}{unchecked}"

    def to_text(self) -> str:
        """Return the whole report for a terminal; nothing in it can move the cursor or hide a character."""
        lines = [*self.facts, *(f"LOOK: {remark}" for remark in self.remarks)]
        lines += [f"UNUSABLE: {sentence}" for sentence in self.unusable]
        lines += [f"INVALID: {sentence}" for sentence in self.invalid]
        lines += [f"DIVERGED: {sentence}" for sentence in self.diverged]
        if not self.key_checked:
            lines.append(
                "The key was taken from the evidence itself and was not checked against anything outside. Whoever can "
                "write evidence can write a key: take it from a receipt, and give it with --vkey."
            )
        return "\n\n".join(["\n".join(_shown(line) for line in lines), _shown(self.verdict), NOT_PROVED, ""])


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


# --- what the entries say --------------------------------------------------------------------------------------------

FIELDS = {"v", "letter", "seq", "at", "actor", "action", "about"}
ROLES = {"coordinator", "cosigner", "auditor", "system"}
TIME = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}Z")


@dataclass(frozen=True)
class Entry:
    """One entry of the log, read."""

    seq: int
    letter: str
    at: str
    action: str
    about: dict[str, Any]
    commitment: str | None

    def says(self, name: str, kind: type = str) -> Any:
        """Return what the entry says under a name; raises Fault where it does not."""
        value = self.about.get(name)
        if type(value) is not kind:
            raise Fault(f"Entry {self.seq} ({self.action}) does not say its {name}.")
        return value


def read_entry(number: int, content: bytes) -> Entry:
    """Read the entry of file `number`. Raises Fault."""
    try:
        fields = read_json(content)
    except Fault as fault:
        raise Fault(f"Entry {number} {fault}.") from None
    if not isinstance(fields, dict) or fields.keys() - {"commitment"} != FIELDS:
        raise Fault(f"Entry {number} has not the fields that an entry has.")
    actor, about, commitment = fields["actor"], fields["about"], fields.get("commitment")
    texts = [fields[name] for name in ("letter", "at", "action")]
    whole = isinstance(actor, dict) and actor.keys() == {"role", "id"} and actor["role"] in ROLES
    whole = whole and isinstance(about, dict) and all(isinstance(text, str) for text in texts)
    whole = whole and type(fields["seq"]) is int and (commitment is None or isinstance(commitment, str))
    if not whole or fields["v"] != 1 or not TIME.fullmatch(fields["at"]):
        raise Fault(f"Entry {number} is not an entry of version 1: a field is of another kind, or unknown.")
    return Entry(fields["seq"], fields["letter"], fields["at"], fields["action"], about, commitment)


def check_entries(bundle: Bundle, report: Report) -> list[Entry]:
    """Read every entry; say which is missing, added, moved, unreadable or of another letter."""
    numbers = sorted(bundle.entries)
    missing = sorted(set(range(numbers[-1] + 1)) - set(numbers))
    report.invalid += [f"Entry {number} was removed: there is no file for it." for number in missing]
    entries = []
    for number in numbers:
        try:
            entries.append(read_entry(number, bundle.entries[number]))
        except Fault as fault:
            report.invalid.append(str(fault))
    _check_order(numbers, entries, report)
    letters = Counter(entry.letter for entry in entries).most_common()
    report.letter = letters[0][0] if letters else ""
    for entry in entries:
        if entry.letter != report.letter:
            report.invalid.append(f"Entry {entry.seq} is of another letter, {entry.letter}.")
    for before, after in zip(entries, entries[1:]):
        if after.at < before.at:
            report.remarks.append(f"The server's clock went back between the entries {before.seq} and {after.seq}.")
    return entries


def _check_order(numbers: list[int], entries: list[Entry], report: Report) -> None:
    """Compare the numbers that the entries bear with those of their files."""
    if len(entries) != len(numbers):
        return
    said = [entry.seq for entry in entries]
    moved = [(number, seq) for number, seq in zip(numbers, said) if number != seq]
    for seq, count in Counter(said).items():
        if count > 1:
            report.invalid.append(f"Entry {seq} is there {count} times: entries were added.")
    for seq in sorted(set(range(max(said) + 1)) - set(said) - (set(range(numbers[-1] + 1)) - set(numbers))):
        report.invalid.append(f"Entry {seq} was removed: no file bears its number.")
    if moved and sorted(said) == numbers:
        order = ", ".join(f"file {number} holds entry {seq}" for number, seq in moved[:10])
        report.invalid.append(f"Entries were reordered: {order}.")


# --- what the checkpoints and the proofs say -------------------------------------------------------------------------


def check_checkpoints(bundle: Bundle, key: Key, report: Report) -> list[Checkpoint]:
    """Check every signed checkpoint of the bundle against the entries; returns those whose signature holds."""
    signed: list[Checkpoint] = []
    for number, content in sorted(bundle.checkpoints.items()):
        source = f"checkpoints/{number}.txt"
        try:
            checkpoint = open_checkpoint(source, _utf8(source, content), key)
            if checkpoint.size != number:
                raise Fault(f"{source} is a checkpoint of {checkpoint.size} entries.")
            signed.append(_of_this_log(checkpoint, key, report.letter))
        except Fault as fault:
            report.invalid.append(str(fault))
    if not bundle.checkpoints:
        report.invalid.append("There is no checkpoint: nobody has signed these entries.")
    elif signed:
        _check_roots(bundle, signed, report)
    return signed


def _utf8(source: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Fault(f"{source} is not text in UTF-8.") from None


def _of_this_log(checkpoint: Checkpoint, key: Key, letter: str) -> Checkpoint:
    expected = f"{key.name}/letters/{letter}"
    if checkpoint.origin != expected:
        raise Fault(f"{checkpoint.source} is of another log, {checkpoint.origin}; the entries belong to {expected}.")
    return checkpoint


def _check_roots(bundle: Bundle, signed: list[Checkpoint], report: Report) -> None:
    """Say where the entries part from what was signed, and whether some were cut off or put at the end."""
    count, newest = max(bundle.entries) + 1, max(checkpoint.size for checkpoint in signed)
    whole = next((number for number in range(count) if number not in bundle.entries), count)
    found = _roots_of(bundle, {checkpoint.size for checkpoint in signed}, whole)
    reached = sorted((c for c in signed if c.size <= whole), key=lambda checkpoint: checkpoint.size)
    bad = next((c.size for c in reached if c.root != found[c.size]), None)
    if bad is not None:
        good = max((c.size for c in reached if c.size < bad), default=0)
        place = f"Entry {good}" if bad == good + 1 else f"One of the entries {good} to {bad - 1}"
        report.invalid.append(
            f"{place} is not what was signed: it was changed, or an entry was removed, added or moved there and the "
            f"rest renumbered. The checkpoint of {bad} entries contradicts it; the first {good} are as signed."
        )
    if newest > count:
        report.invalid.append(
            f"The log is cut short: a checkpoint of {newest} entries was signed, and {count} are here."
        )
    if newest < count:
        report.invalid.append(
            f"Entries were added at the end: nobody has signed the entries from {newest} to {count - 1}."
        )


def _roots_of(bundle: Bundle, sizes: set[int], whole: int) -> dict[int, bytes]:
    return roots((bundle.entries[number] for number in range(whole)), sizes)


def check_proofs(bundle: Bundle, key: Key, entries: list[Entry], report: Report) -> list[Checkpoint]:
    """Check that every sign-off has a proof that holds; returns the checkpoints that the proofs carry."""
    signed = []
    for entry in entries:
        if entry.action == "invitation.sign" and entry.seq not in bundle.proofs:
            report.invalid.append(f"The proof of the sign-off in entry {entry.seq} is missing.")
    # Proofs mostly share the newest checkpoint: its signature is checked once.
    opened = functools.lru_cache(maxsize=64)(lambda note: open_checkpoint("the proof's checkpoint", note, key))
    for number, content in sorted(bundle.proofs.items()):
        source = f"proofs/{number}.tlog-proof"
        try:
            index, path, note = read_proof(source, _utf8(source, content))
            checkpoint = _of_this_log(opened(note), key, report.letter)
            entry_bytes = bundle.entries.get(number, b"")
            if index != number or not is_included(index, checkpoint.size, entry_bytes, path, checkpoint.root):
                raise Fault(f"{source} does not prove entry {number}: it is of another entry, or one was changed.")
            signed.append(Checkpoint(source, note, checkpoint.origin, checkpoint.size, checkpoint.root))
        except Fault as fault:
            report.invalid.append(str(fault))
    return signed


# --- what outside receipts say ---------------------------------------------------------------------------------------


def check_receipts(
    bundle: Bundle, key: Key, signed: list[Checkpoint], receipts: Mapping[str, bytes], report: Report
) -> None:
    """Compare checkpoints that lie in other people's mailboxes with this log; two roots for one size diverge."""
    for name, content in receipts.items():
        try:
            for text in read_receipt(name, content):
                _check_receipt(name, text, bundle, key, signed, report)
        except Unusable as fault:
            report.unusable.append(str(fault))
    stated: dict[int, Checkpoint] = {}
    for checkpoint in signed:
        other = stated.setdefault(checkpoint.size, checkpoint)
        if other.root != checkpoint.root:
            report.diverged.append(_two_notes(checkpoint, other))


def read_receipt(name: str, content: bytes) -> list[str]:
    """Return the proofs or checkpoints in a receipt: a text file of one, or the whole mail (.eml). Raises Unusable."""
    text = content.replace(b"\r\n", b"\n").decode("utf-8", "replace")
    if text.startswith(PROOF_HEADER) or (text.count("\n") < 20 and "\n\n— " in text):
        return [text]
    mail = email.message_from_bytes(content, policy=email.policy.default)
    parts = [part for part in mail.walk() if (part.get_filename() or "").endswith(".tlog-proof")]
    found = [part.get_payload(decode=True) for part in parts]
    proofs = [part.replace(b"\r\n", b"\n").decode("utf-8", "replace") for part in found if isinstance(part, bytes)]
    if not proofs:
        raise Unusable(f"{name} holds no proof: save the whole receipt mail as .eml, or its attachment .tlog-proof.")
    return proofs


def _check_receipt(name: str, text: str, bundle: Bundle, key: Key, signed: list[Checkpoint], report: Report) -> None:
    try:
        index, path, note = read_proof(name, text) if text.startswith(PROOF_HEADER) else (-1, [], text)
        receipt = _of_this_log(open_checkpoint(name, note, key), key, report.letter)
    except Fault as fault:
        raise Unusable(f"{fault} This receipt proves nothing about this evidence.") from None
    known = [checkpoint for checkpoint in signed if checkpoint.size == receipt.size]
    newest = max(signed, key=lambda checkpoint: checkpoint.size, default=None)
    root = _roots_of(bundle, {receipt.size}, _whole_length(bundle)).get(receipt.size)
    rival = next((checkpoint for checkpoint in known if checkpoint.root != receipt.root), None)
    if rival is None and not known and newest and newest.size > receipt.size and root and root != receipt.root:
        rival = newest
    if rival is not None:
        report.diverged.append(_two_notes(receipt, rival))
    elif receipt.size > max(bundle.entries) + 1:
        report.invalid.append(
            f"The log is cut short: {name} was signed over {receipt.size} entries, and {max(bundle.entries) + 1} are "
            f"here. If the receipt is younger than this evidence, ask for evidence of today."
        )
    elif root != receipt.root:
        report.invalid.append(f"The entries are not those of {name}: they were changed after it was signed.")
    elif index >= 0 and not is_included(index, receipt.size, bundle.entries[index], path, receipt.root):
        raise Unusable(f"{name}: its checkpoint is that of this log, but its path to entry {index} is damaged.")
    else:
        proved = f", and proves entry {index}" if index >= 0 else ""
        report.facts.append(f"Receipt {name}: agrees with the first {receipt.size} entries{proved}.")
        report.matches += 1


def _whole_length(bundle: Bundle) -> int:
    return next(number for number in range(len(bundle.entries) + 1) if number not in bundle.entries)


def _two_notes(one: Checkpoint, other: Checkpoint) -> str:
    what = f"one size, {one.size}, and two roots" if one.size == other.size else "neither continues the other"
    return (
        f"{one.source} and {other.source} are both signed, and contradict each other ({what}).\n"
        f"--- {one.source}\n{one.note}--- {other.source}\n{other.note}---"
    )


# --- texts, disclosures ----------------------------------------------------------------------------------------------


def check_revisions(bundle: Bundle, entries: list[Entry], report: Report) -> dict[str, dict[str, Any]]:
    """Check each text against the digest that the log froze; returns the texts by their digests."""
    frozen = {e.about.get("number"): (e.seq, e.about.get("digest")) for e in entries if e.action == "revision.frozen"}
    texts = {}
    for number, content in sorted(bundle.revisions.items()):
        digest = hashlib.sha256(content).hexdigest()
        seq, due = frozen.pop(number, (None, None))
        if seq is None:
            report.invalid.append(f"Revision {number} was never frozen: no entry names it.")
        elif digest != due:
            report.invalid.append(f"Revision {number} is not the text that entry {seq} froze: its digest is {digest}.")
        else:
            try:
                texts[digest] = read_json(content)
            except Fault as fault:
                report.invalid.append(f"Revision {number} {fault}.")
    for number, (seq, due) in frozen.items():
        report.invalid.append(f"Revision {number}, frozen in entry {seq} with digest {due}, is missing.")
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


# --- the letter's life, as the entries tell it -----------------------------------------------------------------------

MOVES = {
    "circulate": "in_review",
    "open_sign_off": "sign_off",
    "revise": "drafting",
    "approve": "approved",
    "reopen": "sign_off",
    "dispatch": "sending",
    "confirm": "sent",
    "withdraw": "withdrawn",
}
ONLY_WHILE = {
    "invitation.sign": ("sign_off",),
    "document.rendered": ("approved",),
    "letter.dispatch": ("approved",),
    "letter.confirm": ("sending",),
}


@dataclass
class Invitation:
    """Where one organisation stands: its state, the sign-offs that stand by digest, and the last entry about it."""

    state: str = "invited"
    standing: dict[str, int] = field(default_factory=dict)
    last: Entry | None = None


class Story:
    """Walks through the entries as the letter lived them, and says where they break the rules of sign-off."""

    def __init__(self, disclosed: Mapping[int, dict[str, Any]], report: Report) -> None:
        self.disclosed, self.report = disclosed, report
        self.state, self.digest = "drafting", ""
        self.invitations: dict[str, Invitation] = {}
        self.signoffs: dict[int, Entry] = {}
        self.renderings: list[Entry] = []
        self.dispatched: list[str] = []
        self.carried: dict[str, str] = {}
        self.accepted: set[str] = set()

    def tell(self, entry: Entry) -> None:
        """Take one entry."""
        if self.state not in ONLY_WHILE.get(entry.action, (self.state,)):
            self._wrong(f"Entry {entry.seq} records {entry.action} while the letter was {self.state}.")
        thing, _, trigger = entry.action.partition(".")
        told = getattr(self, f"_{thing}_{trigger}", None) or (self._invitation if thing == "invitation" else None)
        try:
            if told is not None:
                told(entry)
        except Fault as fault:
            self._wrong(str(fault))
        if thing == "letter":
            self.state = MOVES.get(trigger, self.state)

    def name(self, seq: int) -> str:
        """Name a sign-off: its entry, and who signed where that is disclosed."""
        who = self.disclosed.get(seq, {})
        shown = ", ".join(str(who[key]) for key in ("name", "organisation") if who.get(key))
        return f"entry {seq} ({shown})" if shown else f"entry {seq}"

    def counting(self, digest: str) -> set[int]:
        """The sign-offs that count for a text at this moment."""
        return {i.standing[digest] for i in self.invitations.values() if i.state == "signed" and digest in i.standing}

    def _wrong(self, sentence: str) -> None:
        self.report.invalid.append(sentence)

    def _revision_frozen(self, entry: Entry) -> None:
        self.digest = entry.says("digest")

    def _invitation_created(self, entry: Entry) -> None:
        self.invitations[entry.says("invitation")] = Invitation(last=entry)

    def _invitation(self, entry: Entry) -> None:
        invitation = self.invitations.get(entry.says("invitation"))
        if invitation is None:
            raise Fault(f"Entry {entry.seq} ({entry.action}) is about an invitation that was never created.")
        trigger = entry.action.partition(".")[2]
        if trigger == "sign":
            self._sign(entry, invitation)
        if trigger == "retract":
            invitation.standing.clear()
        reached = {"sign": "signed", "restore": "signed", "supersede": "to_confirm", "reinvite": "invited"}
        reached |= {"retract": "retracted", "decline": "declined", "revoke": "revoked", "lapse": "lapsed"}
        if trigger in reached:
            invitation.state, invitation.last = reached[trigger], entry

    def _sign(self, entry: Entry, invitation: Invitation) -> None:
        digest = entry.says("digest")
        self.signoffs[entry.seq] = entry
        invitation.standing[digest] = entry.seq
        if digest != self.digest:
            before = self.digest[:12] or "no text"
            self._wrong(
                f"The sign-off in {self.name(entry.seq)} is for text {digest[:12]}; before the co-signers was {before}."
            )

    def _document_rendered(self, entry: Entry) -> None:
        self.renderings.append(entry)
        digest, printed = entry.says("digest"), entry.says("signoffs", list)
        if len(set(map(str, printed))) != len(printed):
            self._wrong(f"The document of entry {entry.seq} prints one sign-off twice.")
        counting = self.counting(digest)
        for seq in printed:
            if seq not in counting:
                self._wrong(f"The document of entry {entry.seq} prints {self._no_sign_off(seq, digest)}")
        for seq in sorted(counting - {seq for seq in printed if type(seq) is int}):
            self._wrong(f"The document of entry {entry.seq} leaves out the sign-off in {self.name(seq)}.")

    def _no_sign_off(self, seq: Any, digest: str) -> str:
        """Why a printed sign-off is none: it never was, is of another text, or was taken back."""
        signed = self.signoffs.get(seq) if type(seq) is int else None
        if signed is None:
            return f"a sign-off that never was: entry {seq} is no sign-off before it."
        if signed.about["digest"] != digest:
            return f"the sign-off in {self.name(seq)}, which was given for another text, {signed.about['digest'][:12]}."
        last = self.invitations[signed.about["invitation"]].last
        how = f"{last.action.partition('.')[2]}, entry {last.seq}" if last else "later"
        return f"the sign-off in {self.name(seq)}, which did not stand any more ({how})."

    def _letter_dispatch(self, entry: Entry) -> None:
        self.dispatched = [str(sha256) for sha256 in entry.says("documents", list)]
        for sha256 in self.dispatched:
            made = [rendered for rendered in self.renderings if rendered.about.get("docx") == sha256]
            if not made:
                self._wrong(f"Entry {entry.seq} sends the document {sha256[:12]}, which was never rendered.")
            elif not any(self._is_current(rendered) for rendered in made):
                self._wrong(
                    f"Entry {entry.seq} sends the document {sha256[:12]}, made before the text or the sign-offs changed."
                )

    def _is_current(self, rendered: Entry) -> bool:
        return rendered.about["digest"] == self.digest and set(rendered.about["signoffs"]) == self.counting(self.digest)

    def _delivery_queued(self, entry: Entry) -> None:
        carried = entry.about.get("docx") or entry.about.get("document")
        if carried is None and entry.about.get("kind") != "letter":
            return
        if carried not in self.dispatched:
            raise Fault(f"Entry {entry.seq} mails the document {str(carried)[:12]}, which was not dispatched.")
        if entry.about.get("kind") == "letter":
            self.carried[entry.says("delivery")] = carried

    def _delivery_accept(self, entry: Entry) -> None:
        self.accepted.add(self.carried.get(entry.says("delivery"), ""))

    def _letter_confirm(self, entry: Entry) -> None:
        for sha256 in self.dispatched:
            if sha256 not in self.accepted:
                self._wrong(
                    f"Entry {entry.seq} says that the letter was sent; no server accepted the document {sha256[:12]}."
                )


# --- the documents ---------------------------------------------------------------------------------------------------

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PRINTED_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")


def check_documents(bundle: Bundle, story: Story, texts: Mapping[str, dict[str, Any]], report: Report) -> None:
    """Check that the documents are those the log names, and print the text and the names that were signed."""
    named: dict[str, Entry] = {}
    for rendered in story.renderings:
        for kind in ("docx", "pdf"):
            if rendered.about.get(kind):
                named[f"{rendered.about[kind]}.{kind}"] = rendered
    for name, rendered in named.items():
        if name not in bundle.documents:
            report.invalid.append(f"The document {name}, made in entry {rendered.seq}, is missing.")
    for name, content in sorted(bundle.documents.items()):
        if hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
            report.invalid.append(f"documents/{name} was changed: its bytes are not those of its name.")
        elif name not in named:
            report.invalid.append(f"documents/{name} is not a document of this letter: no entry names it.")
        elif name.endswith(".docx"):
            _check_words(name, content, named[name], story, texts, report)


def _check_words(
    name: str, content: bytes, rendered: Entry, story: Story, texts: Mapping[str, dict[str, Any]], report: Report
) -> None:
    """Compare a document's words with those of the signed text and of the sign-offs."""
    try:
        paper = docx_text(content)
    except Fault as fault:
        report.invalid.append(f"documents/{name} {fault}.")
        return
    text, printed = texts.get(rendered.about["digest"], {}), rendered.about["signoffs"]
    signed = {key: value for key, value in text.items() if key in ("body", "salutation", "closing")}
    missing = words(_plain(signed)) - words(paper)
    if missing:
        report.invalid.append(f"documents/{name} is not the text that was signed: it lacks {_listed(missing)}.")
    who = [story.disclosed[seq] for seq in printed if seq in story.disclosed]
    for seq, person in zip([seq for seq in printed if seq in story.disclosed], who):
        if not _stands_in(str(person.get("name", "")), paper):
            report.invalid.append(f"documents/{name} does not print the name of {story.name(seq)}.")
    extra = words(paper) - words(_plain(text)) - words("\n".join(str(v) for person in who for v in person.values()))
    if extra:
        report.remarks.append(
            f"documents/{name} prints words that neither the signed text nor the sign-offs hold. The date and the "
            f"letterhead are expected here, nothing else: {_listed(extra)}."
        )
    if len(who) < len(printed):
        report.remarks.append(
            f"documents/{name}: {len(printed) - len(who)} of {len(printed)} names are withheld or erased, not compared."
        )


def _listed(found: Counter[str]) -> str:
    shown = list(found.elements())
    return " ".join(shown[:40]) + (f" ... ({len(shown)} words)" if len(shown) > 40 else "")


def docx_text(content: bytes) -> str:
    """Return the words of a Word document, a line for each paragraph and break. Raises Fault."""
    lines: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names) or PRINTED_PARTS[0] not in names:
                raise Fault("has no text, or has it twice")
            for part in PRINTED_PARTS:
                if part in names:
                    with archive.open(part) as opened:
                        lines += _xml_text(opened.read(32 * MEGABYTE + 1))
    except (zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Fault(f"is not a Word document that can be read ({error})") from None
    return "".join(lines)


def _xml_text(xml: bytes) -> Iterable[str]:
    if len(xml) > 32 * MEGABYTE or b"<!DOCTYPE" in xml or b"\0" in xml:
        raise Fault("is not a Word document that can be read (too large, or with a document type)")
    breaks = {"p": "\n", "br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-"}
    for element in ElementTree.fromstring(xml).iter():
        kind = element.tag.removeprefix(WORD) if isinstance(element.tag, str) else ""
        yield (element.text or "") if kind == "t" else breaks.get(kind, "")


def _plain(value: Any) -> str:
    """Everything that a text says, without Markdown's link targets, list numbers, footnote marks and fences."""
    if not isinstance(value, str):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return "\n".join(_plain(part) for part in parts)
    said = re.sub(r"(?m)^ {0,3}(?:\[[^\]^][^\]]*\]:|```|~~~).*$", "", value)
    said = re.sub(r"\]\([^)]*\)|\]\[[^\]]*\]", "]", said)
    said = re.sub(r"\w*\[\^[^\]]*\]:?", "", said)
    return html.unescape(re.sub(r"(?m)^[\s>]*[0-9]{1,9}[.)](?=\s)", "", said))


def words(text: str) -> Counter[str]:
    """Count the words of a text; marks that join or part letters in Markdown are not seen."""
    return Counter(re.findall(r"\w+", re.sub(r"[*_`\\\[\]]", "", unicodedata.normalize("NFC", text)).casefold()))


def _stands_in(name: str, paper: str) -> bool:
    """Whether a name is printed whole within one line."""
    wanted = re.escape(" ".join(unicodedata.normalize("NFC", name).split()))
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", paper).split("\n"))
    return bool(wanted) and any(re.search(rf"(?<!\w){wanted}(?!\w)", line) for line in lines)


# --- all of it -------------------------------------------------------------------------------------------------------


def verify(
    files: Mapping[str, bytes],
    vkey: str | None = None,
    receipts: Mapping[str, bytes] | None = None,
    received: Mapping[str, bytes] | None = None,
    letter: str | None = None,
) -> Report:
    """
    Check the files of an evidence bundle (name to bytes) and return the report.

    `vkey` is the key that one trusts (without it, the bundle's own, and the report says so); `receipts` are proofs,
    checkpoints or receipt mails from outside; `received` are documents as somebody received them; `letter` is the
    letter that was asked for. Raises Unusable when nothing can be checked.
    """
    bundle = sort_out(files)
    key = read_key(vkey if vkey is not None else _own_key(bundle))
    report = Report(key_checked=vkey is not None)
    entries = check_entries(bundle, report)
    if letter is not None and report.letter != letter:
        report.invalid.append(f"This is evidence of the letter {report.letter}, not of {letter}.")
    whole = not report.invalid
    signed = check_checkpoints(bundle, key, report) + check_proofs(bundle, key, entries, report)
    texts = check_revisions(bundle, entries, report)
    story = Story(check_disclosures(bundle, entries, report), report)
    if whole:
        for entry in entries:
            story.tell(entry)
        check_documents(bundle, story, texts, report)
    _check_received(received or {}, story, report)
    report.facts[:0] = _facts(key, entries, signed, story, report)
    check_receipts(bundle, key, signed, receipts or {}, report)
    return report


def _own_key(bundle: Bundle) -> str:
    try:
        return str(json.loads(bundle.others["letter.json"])["vkey"])
    except (KeyError, TypeError, ValueError):
        raise Unusable("There is no key to check with. Take it from a receipt, and give it with --vkey.") from None


def _check_received(received: Mapping[str, bytes], story: Story, report: Report) -> None:
    """Say whether a document that somebody received is one that was sent."""
    for name, content in received.items():
        sha256 = hashlib.sha256(content).hexdigest()
        made = [rendered for rendered in story.renderings if sha256 in (rendered.about["docx"], rendered.about["pdf"])]
        if made and made[-1].about["docx"] in story.dispatched:
            report.facts.append(f"Document {name}: is the one of entry {made[-1].seq}, which was sent ({sha256}).")
        else:
            why = "was made, but never sent" if made else "is not a document of this letter"
            report.invalid.append(f"The document {name} {why} (its SHA-256 is {sha256}).")


def _facts(key: Key, entries: list[Entry], signed: list[Checkpoint], story: Story, report: Report) -> list[str]:
    newest = max(signed, key=lambda checkpoint: checkpoint.size, default=None)
    facts = [f"Letter {report.letter}, log {key.name}/letters/{report.letter}, key {key.name}+{key.mark.hex()}"]
    if entries:
        facts.append(f"{len(entries)} entries, {entries[0].at} to {entries[-1].at}; the letter is {story.state}.")
    if newest:
        facts.append(f"Newest checkpoint: {newest.size} entries, root {base64.b64encode(newest.root).decode()}")
    standing = story.counting(story.digest)
    for seq, entry in story.signoffs.items():
        counts = "counts" if seq in standing else "does not count"
        facts.append(f"Sign-off in {story.name(seq)}: {entry.at}, text {entry.about['digest'][:12]}, {counts}.")
    return facts


class _Arguments(argparse.ArgumentParser):
    """Ends with 3 for a wrong command line: 2 says that two histories were shown."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and end."""
        self.print_usage(sys.stderr)
        self.exit(UNUSABLE, f"UNUSABLE: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = _Arguments(description="Check the evidence of a letter, offline.")
    here = Path(__file__).parent
    parser.add_argument("evidence", nargs="?", type=Path, default=here, help="evidence.zip, or the unpacked folder")
    parser.add_argument("--vkey", help="the key, from a receipt or another source than the evidence")
    parser.add_argument("--receipt", nargs="+", action="extend", type=Path, default=[], help="receipt mails or proofs")
    parser.add_argument("--document", nargs="+", action="extend", type=Path, default=[], help="documents as received")
    parser.add_argument("--letter", help="the letter that the evidence must be of")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        receipts, received = _read_all(given.receipt), _read_all(given.document)
        report = verify(read_evidence(given.evidence), given.vkey, receipts, received, given.letter)
    except Unusable as error:
        print(f"UNUSABLE: {_shown(str(error))}")
        return UNUSABLE
    print(report.to_text(), end="")
    return report.exit_code


def _read_all(paths: Iterable[Path]) -> dict[str, bytes]:
    try:
        return {str(path): path.read_bytes() for path in paths}
    except OSError as error:
        raise Unusable(f"{error.filename} cannot be read: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main())
