"""Sheets as people and as attackers make them."""

import io
import zipfile

import openpyxl


def sheet(*rows, edit=None):
    """Return an .xlsx of these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if edit:
        edit(book)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def with_part(data, name, content):
    """Return a sheet in which one part is another one."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.namelist():
            if member != name:
                after.writestr(member, before.read(member))
        after.writestr(name, content)
    return made.getvalue()


def part(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return packed.read(name)


SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
