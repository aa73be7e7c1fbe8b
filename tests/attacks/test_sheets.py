"""Sheets that are made to harm are refused in a sentence, quickly, and nothing of them is run or fetched."""

import io
import time
import zipfile

import pytest

from tests.support.sheets import SHEET, STRINGS, part, sheet, with_part
from workflow.errors import IncomingError
from workflow.imports import cosigner_lists
from workflow.imports.lists import workbook

ROWS = (["Organisation", "Email"], ["FIDH", "k@fidh.org"])
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def rows_of(inner):
    return f'<?xml version="1.0"?><worksheet {NS}><sheetData>{inner}</sheetData></worksheet>'


def entity(system):
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x {system}>]><worksheet {NS}><sheetData/></worksheet>'


LAUGHS = '"' + "&y;" * 100 + '"> <!ENTITY y "' + "ha" * 5_000 + '"'
BAD = {
    "a file on the server": lambda: with_part(sheet(*ROWS), SHEET, entity('SYSTEM "file:///etc/passwd"')),
    "entities within entities": lambda: with_part(sheet(*ROWS), STRINGS, entity(LAUGHS)),
    "another encoding": lambda: with_part(sheet(*ROWS), SHEET, entity('"a"').encode("utf-16")),
    "a bomb": lambda: with_part(sheet(*ROWS), SHEET, b" " * 300_000_000),
    "strings without end": lambda: with_part(sheet(*ROWS), STRINGS, f"<sst {NS}>{'<si><t>a</t></si>' * 600_000}</sst>"),
    "one string of many megabytes": lambda: with_part(sheet(*ROWS), STRINGS, f"<sst {NS}><si><t>{'a' * 20_000_000}"),
    "a million empty rows": lambda: with_part(
        sheet(*ROWS), SHEET, rows_of("".join(f'<row r="{n}" s="1"/>' for n in range(1, 1_048_577)))
    ),
    "a row at the very end": lambda: with_part(
        sheet(*ROWS), SHEET, rows_of('<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>')
    ),
    "cells without end": lambda: with_part(
        sheet(*ROWS), SHEET, rows_of("".join(f"<row>{'<c/>' * 16_384}</row>" for _ in range(100)))
    ),
    "an archive of something else": lambda: with_part(sheet(*ROWS), "[Content_Types].xml", b""),
    "a sheet that is cut off": lambda: sheet(*ROWS)[:-200],
    "an old sheet": lambda: b"\xd0\xcf\x11\xe0" + b"W\0o\0r\0k\0b\0o\0o\0k\0" * 99,
    "a sheet with a password": lambda: b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") * 9,
    "sixty megabytes": lambda: bytes(60_000_000),
    "a PDF": lambda: b"%PDF-1.7",
    "a page": lambda: b"<!DOCTYPE html><table><tr><td>a@b.org",
    "bytes": lambda: bytes(range(256)) * 100,
    "nothing": lambda: b" \n",
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_list_is_refused_within_seconds(kind):
    data = BAD[kind]()
    began = time.process_time()
    with pytest.raises(IncomingError) as refused:
        cosigner_lists.read(data, "list.xlsx")

    assert time.process_time() - began < 4
    assert str(refused.value).endswith(".")
    assert "passwd" not in str(refused.value)


def test_each_refusal_says_what_it_is():
    said = {kind: str(_refusal(BAD[kind]())) for kind in BAD}

    assert "password" in said["a sheet with a password"] and ".xls" in said["an old sheet"]
    assert "60.0 MB; a list has 10 MB at most" in said["sixty megabytes"]
    assert "empty" in said["a row at the very end"] and "far larger" in said["a bomb"]


def _refusal(data):
    with pytest.raises(IncomingError) as refused:
        cosigner_lists.read(data)
    return refused.value


def test_a_sheet_that_hides_its_size_is_measured(monkeypatch):
    monkeypatch.setattr(workbook, "LARGEST_PART", 1_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x" * 2_000)
        archive.writestr("xl/workbook.xml", "")
    data = packed.getvalue().replace((2_000).to_bytes(4, "little"), (20).to_bytes(4, "little"))

    assert isinstance(_refusal(data), IncomingError)


def test_a_formula_is_neither_run_nor_taken_for_what_it_says():
    data = sheet(
        ROWS[0], ["FIDH", '=HYPERLINK("https://evil.example","k@fidh.org")'], ["=cmd|' /C calc'!A0", "a@b.org"]
    )
    first, second = cosigner_lists.read(data).rows

    assert first.cosigner.email == "" and "formula" in str(first.wrong[0].said)
    assert "cmd" not in second.cosigner.organisation and second.wrong
    assert b"cmd" in part(data, SHEET)
