"""Verifier keys, signed notes, checkpoints and proofs (c2sp.org/signed-note, /tlog-checkpoint, /tlog-proof)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from workflow.verify.report import InputError, VerificationError

IsSigned = Callable[[bytes, bytes, bytes], bool]
"""Whether an Ed25519 signature holds, from the public key, the signature and the message."""

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


def read_base64(encoded: str) -> bytes:
    """Read base64 in its one spelling. Raises VerificationError."""
    try:
        value = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise VerificationError("it holds something that is not base64") from None
    if base64.b64encode(value).decode() != encoded:
        raise VerificationError("it holds base64 in another spelling than the one allowed")
    return value


def _number(digits: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", digits):
        raise VerificationError("it holds a number in another spelling than the one allowed")
    return int(digits)


LOG_KEY, WITNESS_KEY = 1, 4
"""What the bytes of a key begin with: that of a log, that of a witness."""


def read_key(vkey: str, kind: int = LOG_KEY) -> Key:
    """Read a verifier key, `name+id+base64`. Raises InputError."""
    name, _, rest = vkey.strip().partition("+")
    known, _, encoded = rest.partition("+")
    try:
        key = read_base64(encoded)
    except VerificationError:
        key = b""
    mark = _mark(name, key)
    if not re.fullmatch(r"\S+", name) or len(key) != 33 or key[0] != kind or mark.hex() != known:
        if kind == WITNESS_KEY:
            raise InputError("The key of a witness is not whole (name+1a2b3c4d+BA...). Copy it again from the witness.")
        raise InputError("The key is not a whole verifier key (name+1a2b3c4d+AQ...). Copy it again from the receipt.")
    return Key(name, mark, key[1:])


def named(name: str, key: Key) -> Key:
    """Return a key as it is called under another name: its identifying bytes are others then."""
    return Key(name, _mark(name, b"\x01" + key.public), key.public)


def _mark(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + key).digest()[:4]


@dataclass(frozen=True)
class Signatures:
    """A signed note, taken apart and not checked yet."""

    note: str
    content: str
    marks: list[tuple[str, bytes]]

    @property
    def origin(self) -> str:
        """Its first line: of which log it is, if it is a checkpoint; nothing vouches for it before `check`."""
        return self.content.split("\n")[0]

    @property
    def size(self) -> int:
        """The size that it states, if it is a checkpoint; nothing vouches for it before `check`."""
        lines = self.content.split("\n")
        try:
            return _number(lines[1]) if len(lines) > 1 else 0
        except VerificationError:
            return 0

    def of(self, key: Key) -> list[bytes]:
        """The signatures that say they are of a key."""
        return [mark[4:] for name, mark in self.marks if (name, mark[:4]) == (key.name, key.mark)]

    def check(self, key: Key, is_signed: IsSigned) -> None:
        """Check that the key has signed it, once. Raises VerificationError."""
        ours = self.of(key)
        if len(ours) != 1:
            raise VerificationError(f"it is not signed (once) with the key {key.name}+{key.mark.hex()}")
        if not is_signed(key.public, ours[0], f"{self.content}\n".encode("utf-8", "replace")):
            raise VerificationError(f"its signature does not hold: it was changed, or {key.name} did not sign it")


def open_note(note: str) -> Signatures:
    """Take a signed note apart. Raises VerificationError."""
    content, separator, tail = note.rpartition("\n\n")
    lines = tail.split("\n")[:-1]
    if not separator or not note.endswith("\n") or len(lines) > 16 or any(c < " " and c != "\n" for c in note):
        raise VerificationError("it is not a signed note: it is cut off, changed or too long")
    return Signatures(note, content, [_signature_line(line) for line in lines])


def checkpoint_of(source: str, signatures: Signatures) -> Checkpoint:
    """Read the checkpoint in a note whose signatures were checked. Raises VerificationError."""
    return _read_checkpoint(source, signatures.note, signatures.content.split("\n"))


def _signature_line(line: str) -> tuple[str, bytes]:
    found = re.fullmatch(r"— ([^\s+]+) ([!-~]+)", line)
    if found is None:
        raise VerificationError("a signature line is not well formed")
    return found[1], read_base64(found[2])


def _read_checkpoint(source: str, note: str, lines: list[str]) -> Checkpoint:
    if len(lines) != 3 or not lines[0]:
        raise VerificationError("it is signed, but is no checkpoint: it has not the three lines origin, size and root")
    size, root = _number(lines[1]), read_base64(lines[2])
    if len(root) != 32:
        raise VerificationError("its root has not 32 bytes")
    return Checkpoint(source, note, lines[0], size, root)


def read_proof(proof: str) -> tuple[int, list[bytes], str]:
    """Read a proof into its index, its path and its signed note; nothing is checked yet. Raises VerificationError."""
    head, separator, note = proof.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 2 and lines[1].startswith("extra "):
        del lines[1]  # Nothing vouches for it.
    if not separator or lines[0] != PROOF_HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise VerificationError(f"it is not a proof: it does not begin with {PROOF_HEADER} and an index")
    return _number(lines[1][len("index ") :]), [read_base64(line) for line in lines[2:66]], note


def of_this_log(checkpoint: Checkpoint, name: str, letter: str) -> Checkpoint:
    """Return the checkpoint if it is of this letter's log under the key's name; raises VerificationError if not."""
    expected = f"{name}/letters/{letter}"
    if checkpoint.origin != expected:
        raise VerificationError(f"it is of another log, {checkpoint.origin}; these entries are of {expected}")
    return checkpoint
