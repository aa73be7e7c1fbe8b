"""The evidence as it comes in: a zip or a folder, read within limits and sorted; and canonical JSON (RFC 8785)."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from workflow.verify.report import InputError, VerificationError, shown

MEGABYTE = 1024 * 1024
MOST_FILES = 1_000_000
MOST_BYTES = 2048 * MEGABYTE
LARGEST_ENTRY = 64 * 1024
LARGEST_DISCLOSURE = MEGABYTE
"""The history refuses what is larger, so that no evidence ever holds it."""
LONGEST_LINE = {"entries.jsonl": LARGEST_ENTRY, "disclosures.jsonl": LARGEST_DISCLOSURE + 32}
"""Files of many lines, one for an entry; what opens an entry's commitment has its number besides."""
LAYOUT = (
    ("lines", re.compile(r"((?:entries|disclosures)\.jsonl)"), 512 * MEGABYTE),
    ("entries", re.compile(r"entries/([0-9]{1,9})\.json"), LARGEST_ENTRY),
    ("checkpoints", re.compile(r"checkpoints/([0-9]{1,9})\.txt"), 256 * 1024),
    ("continued", re.compile(r"checkpoints/(consistency\.jsonl)"), 8 * MEGABYTE),
    ("proofs", re.compile(r"proofs/([0-9]{1,9})\.tlog-proof"), 256 * 1024),
    ("revisions", re.compile(r"revisions/([0-9]{1,9})\.json"), 32 * MEGABYTE),
    ("disclosures", re.compile(r"disclosures/([0-9]{1,9})\.json"), LARGEST_DISCLOSURE),
    ("common", re.compile(r"common/(checkpoint\.txt|letter\.tlog-proof|consistency\.jsonl)"), 8 * MEGABYTE),
    ("stamps", re.compile(r"stamps/([0-9]{1,15}\.(?:tsr|tlog-proof))"), 256 * 1024),
    ("documents", re.compile(r"documents/([0-9a-f]{64}\.(?:docx|pdf))"), 128 * MEGABYTE),
    ("letterheads", re.compile(r"letterheads/([0-9a-f]{64}\.docx)"), 32 * MEGABYTE),
    (
        "others",
        re.compile(r"(README\.txt|verify\.(?:py|html)|report\.(?:html|docx)|(?:letter|servers|signoff)\.json)"),
        64 * MEGABYTE,
    ),
)
"""What belongs in the evidence, and the most bytes of each file. Until November 2026 each entry was a file."""


@dataclass
class Bundle:
    """The files of the evidence, by what they are and by their number or name."""

    entries: dict[int, bytes] = field(default_factory=dict)
    checkpoints: dict[int, bytes] = field(default_factory=dict)
    proofs: dict[int, bytes] = field(default_factory=dict)
    revisions: dict[int, bytes] = field(default_factory=dict)
    disclosures: dict[int, bytes] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    letterheads: dict[str, bytes] = field(default_factory=dict)
    common: dict[str, bytes] = field(default_factory=dict)
    """The head of the log over all letters, and where this letter's checkpoint is in it."""
    continued: dict[str, bytes] = field(default_factory=dict)
    """In evidence of one sign-off: that the newest checkpoint continues the older ones that time stamps are over."""
    stamps: dict[str, bytes] = field(default_factory=dict)
    opened: list[bytes] = field(default_factory=list)
    """The lines of `disclosures.jsonl`, where that is the layout."""
    others: dict[str, bytes] = field(default_factory=dict)

    def whole(self) -> Iterator[bytes]:
        """The entries from the first up to the first that is missing."""
        number = 0
        while number in self.entries:
            yield self.entries[number]
            number += 1


def _place(name: str) -> tuple[str, str, int]:
    """Where a file belongs: its kind, its number or name, and the most bytes it may have. Raises InputError."""
    for kind, pattern, most in LAYOUT:
        found = pattern.fullmatch(name)
        if found:
            return kind, found[1], most
    raise InputError(f"{shown(name)} does not belong in an evidence file. Ask for a fresh one.")


def sort_out(files: Mapping[str, bytes]) -> Bundle:
    """Put the files into a bundle; one that does not belong there, or is there twice, raises InputError."""
    bundle = Bundle()
    for name, content in files.items():
        kind, key, most = _place(name)
        if len(content) > most:
            raise InputError(f"{name} is larger than such a file can be ({most} bytes).")
        if kind == "lines":
            _take_lines(bundle, name, content)
            continue
        place: dict[Any, bytes] = getattr(bundle, kind)
        known: Any = int(key) if key.isdigit() else key
        if known in place:
            raise InputError(f"{name} is there twice under two names. Ask for a fresh evidence file.")
        place[known] = content
    if not bundle.entries:
        raise InputError("There are no entries here. Give evidence.zip, or run this inside the unpacked folder.")
    return bundle


def _take_lines(bundle: Bundle, name: str, content: bytes) -> None:
    """Take the entries, or what opens their commitments: one a line, each ended by a line feed. Raises InputError."""
    if content.count(b"\n") > MOST_FILES:
        raise InputError(f"{name} has more lines than a letter can have entries.")
    lines = content.split(b"\n")
    if lines.pop() or max(map(len, lines), default=0) > LONGEST_LINE[name]:
        raise InputError(f"{name} is cut off, or has a line that is longer than such a line can be.")
    if name == "disclosures.jsonl":
        bundle.opened = lines
    elif bundle.entries:
        raise InputError(f"There is {name}, and a file for each entry too. Ask for a fresh evidence file.")
    else:
        bundle.entries = dict(enumerate(lines))


def read_evidence(path: Path) -> dict[str, bytes]:
    """Read evidence.zip or the folder it was unpacked to, within limits. Raises InputError."""
    try:
        if path.is_dir():
            names = (str(found.relative_to(path).as_posix()) for found in path.rglob("*") if found.is_file())
            return {name: (path / name).read_bytes() for name in names if _belongs(name)}
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, zlib.error) as error:
        raise InputError(f"{path} cannot be read as evidence: {error}") from error


def _belongs(name: str) -> bool:
    return any(pattern.fullmatch(name) for _, pattern, _ in LAYOUT)


def _unpack(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_FILES or len({member.filename for member in members}) != len(members):
        raise InputError("The archive holds two files of one name, or far too many. Ask for a fresh one.")
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for member in members:
        _, _, most = _place(member.filename)
        content = unpacked(archive, member, min(most, left))
        files[member.filename] = content
        left -= len(content)
    return files


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """Return the bytes of one member, at most so many whatever its header says. Raises InputError."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
        raise InputError(f"{shown(member.filename)} is encrypted, or packed in a way that is not used here.")
    with archive.open(member) as opened:
        content = opened.read(min(most + 1, 2 * MEGABYTE))
        if member.filename not in LONGEST_LINE or b"\n" in content:
            content += opened.read(most + 1 - len(content))
    if len(content) > most:
        raise InputError(f"{shown(member.filename)} unpacks to more bytes than such a file can have.")
    return content


def canonical(value: Any) -> bytes:
    """Return the canonical bytes. Our keys are ASCII, so sorting by code point is sorting by UTF-16 unit."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_json(content: bytes) -> Any:
    """Parse canonical JSON; any other spelling, a double key or a fraction raises VerificationError."""
    try:
        value = json.loads(content, parse_float=_no_number, parse_constant=_no_number, parse_int=_whole)
        if canonical(value) == content:
            return value
    except (ValueError, RecursionError):
        pass
    raise VerificationError("is not canonical JSON (RFC 8785): its bytes were changed, or written by something else")


def _no_number(_: str) -> NoReturn:
    raise ValueError("only whole numbers")


def _whole(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > 2**53 - 1:
        raise ValueError("too large")
    return int(digits)
