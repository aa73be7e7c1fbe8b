"""What files state of logs: signed notes in emails of any kind, receipts, proofs, checkpoints and files of heads."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from workflow.verify.notes import PROOF_HEADER, read_proof
from workflow.verify.receipts import HEAD_HEADER
from workflow.verify.report import InputError, VerificationError
from workflow.witnesses.heads_file import notes_in

LARGEST = 64 * 1024 * 1024
DEEPEST = 8
"""How often one email may stand in another."""
EFFORT = 100_000_000
"""How many lines times boundaries an email may have: its parser compares each line with each boundary."""
ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Said:
    """A note as a file holds it, not checked yet; with a proof, which entry it proves and by which path."""

    source: str
    note: str
    index: int | None = None
    path: tuple[bytes, ...] = ()


def read(name: str, content: bytes) -> tuple[list[Said], list[str]]:
    """Return what a file says, and what is cut off in it. Raises InputError where it says nothing."""
    if len(content) > LARGEST:
        raise InputError(f"{name} is larger than {LARGEST // 1024**2} MB. No email or file of heads is.")
    if content.startswith(ZIP):
        raise InputError(f"{name} is a ZIP. Check evidence with verify.py, and give these files to it as --receipt.")
    text = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").decode("utf-8", "replace").lstrip("\n")
    if text.startswith(PROOF_HEADER):
        return [_proof(name, text)], []
    if _is_notes(text):
        return _notes(name, text)
    return list(_from_mail(name, content)), []


def _is_notes(text: str) -> bool:
    """Whether it begins as a note, or as a file of heads does, and not as an email."""
    lines = text[:2000].split("\n")
    return lines[0].startswith("#") or (len(lines) > 2 and lines[1].isdigit())


def _notes(name: str, text: str) -> tuple[list[Said], list[str]]:
    whole, cut_off = [], 0
    for note in notes_in(text):
        if note.count("\n\n— ") == 1 and note.endswith("\n"):
            whole.append(note)
        else:
            cut_off += 1
    if not whole:
        raise InputError(f"{name} holds no signed note: it is cut off or changed.")
    remarks = [f"{name}: {cut_off} notes in it are cut off, and were passed over."] if cut_off else []
    if len(whole) == 1:
        return [Said(name, whole[0])], remarks
    return [Said(f"{name}, note {number}", note) for number, note in enumerate(whole, 1)], remarks


def _proof(source: str, text: str) -> Said:
    try:
        index, path, note = read_proof(text)
    except VerificationError as fault:
        raise InputError(f"{source}: {fault}.") from None
    return Said(source, note, index, tuple(path))


def _from_mail(name: str, content: bytes) -> Iterator[Said]:
    found = False
    for number, (what, text) in enumerate(_carried(name, content, DEEPEST), 1):
        found = True
        source = f"{name}, {what}" if what else f"{name}, head {number}"
        yield _proof(source, text) if text.startswith(PROOF_HEADER) else Said(source, text)
    if not found:
        raise InputError(
            f"{name} holds no proof and no head: give a whole email (.eml), an attachment .tlog-proof, a checkpoint, "
            "or a file of heads."
        )


def _carried(name: str, content: bytes, depth: int) -> Iterator[tuple[str, str]]:
    """The proofs and heads in an email and in the emails that it forwards, each with what it is called."""
    boundaries = content.lower().count(b"boundary")
    if depth == 0 or boundaries > 200 or (boundaries + 1) * content.count(b"\n") > EFFORT:
        raise InputError(f"{name} is nested too deeply to be read as an email.")
    try:
        parts = list(_parts(email.message_from_bytes(content, policy=email.policy.compat32)))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise InputError(f"{name} cannot be read as an email: {type(error).__name__}.") from None
    for part in parts:
        for value in part.get_all(HEAD_HEADER, []):
            yield "", _head(name, str(value))
        filename = str(part.get_filename() or "")
        if filename.lower().endswith(".tlog-proof"):
            yield filename, _unpacked(part).replace(b"\r\n", b"\n").decode("utf-8", "replace")
        elif _is_wrapped(part):
            yield from _carried(name, _unpacked(part), depth - 1)


def _parts(mail: Message) -> Iterator[Message]:
    """An email's parts, and those of the emails in it, but of such as are packed once more."""
    yield mail
    inside = mail.get_payload()
    if isinstance(inside, list) and not _is_wrapped(mail):
        for part in inside:
            if isinstance(part, Message):
                yield from _parts(part)


def _is_wrapped(part: Message) -> bool:
    """Whether a part is an email that the parser has left as it was: packed, or not said to be one."""
    if part.get_content_type() == "message/rfc822":
        return _packing(part) in ("base64", "quoted-printable")
    return str(part.get_filename() or "").lower().endswith(".eml") and not part.is_multipart()


def _packing(part: Message) -> str:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower()


def _unpacked(part: Message) -> bytes:
    """What a part holds."""
    inside = part.get_payload(decode=True)
    if isinstance(inside, bytes):
        return inside
    # An email may not be packed once more, and is nevertheless: the parser took the packed lines for its words.
    words = "".join(one.as_string() for one in part.get_payload() if isinstance(one, Message))
    packed = words.encode("utf-8", "replace")
    try:
        return binascii.a2b_base64(packed) if _packing(part) == "base64" else quopri.decodestring(packed)
    except binascii.Error:
        return b""


def _head(name: str, value: str) -> str:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode()
    except ValueError:
        raise InputError(f"{name}: its {HEAD_HEADER} was cut off or changed.") from None
