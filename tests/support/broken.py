"""What can happen to the file of an embedded database."""

from __future__ import annotations


def no_database(file) -> None:
    file.write_bytes(b"This is a letter, and no database.\n" * 500)


def damaged(file) -> None:
    content = bytearray(file.read_bytes())
    content[4096:40960] = b"\xff" * 36864
    file.write_bytes(content)


def emptied(file) -> None:
    file.write_bytes(b"")


def folder(file) -> None:
    file.unlink()
    file.mkdir()
