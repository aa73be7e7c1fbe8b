"""
The verifier as a page held against `verify`: each case that a test gives to the one is given to the other.

As a plugin of pytest (`-p tests.support.agreeing`) it keeps every case of the tests that are run, and compares them at
the end; tests hand it cases of their own.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow import merkle
from workflow.verify import page, verifier
from workflow.verify.report import UNUSABLE, InputError, shown

LARGEST_CASE = 16 * 1024 * 1024
ASK = """
cases => {
  const bytes = text => Uint8Array.from(atob(text), character => character.charCodeAt(0));
  const map = files => new Map(Object.entries(files).map(([name, content]) => [name, bytes(content)]));
  return cases.map(({files, zipped, receipts, received, certificates, ...given}) => {
    const found = undersigned.check(zipped === null ? map(files) : ["evidence.zip", bytes(zipped)], {
      ...given, receipts: map(receipts), received: map(received), certificates: certificates.map(bytes),
    });
    return {text: found.text, status: found.status};
  });
}
"""


@dataclass
class Case:
    """What one call of `verify` was given; `zipped` instead of files for an archive as it comes."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    vkeys: Sequence[str] = ()
    receipts: Mapping[str, bytes] = field(default_factory=dict)
    received: Mapping[str, bytes] = field(default_factory=dict)
    letter: str | None = None
    witnesses: Sequence[str] = ()
    certificates: Sequence[bytes] = ()
    zipped: bytes | None = None
    name: str = ""

    def size(self) -> int:
        many = (self.files, self.receipts, self.received)
        return sum(len(content) for files in many for content in files.values()) + len(self.zipped or b"")

    def as_json(self) -> dict[str, Any]:
        def text(content: bytes) -> str:
            return base64.b64encode(bytes(content)).decode()

        def texts(files: Mapping[str, bytes]) -> dict[str, str]:
            return {name: text(content) for name, content in files.items()}

        return {
            "files": texts(self.files),
            "zipped": None if self.zipped is None else text(self.zipped),
            "vkeys": list(self.vkeys),
            "receipts": texts(self.receipts),
            "received": texts(self.received),
            "letter": self.letter,
            "witnesses": list(self.witnesses),
            "certificates": list(map(text, self.certificates)),
        }


def said_by_python(case: Case) -> dict[str, Any]:
    """What verify.py prints, and its exit status."""
    try:
        given = (case.receipts, case.received, case.letter)
        signed = (merkle.is_signed, case.witnesses, case.certificates)
        report = KEPT.real(case.files, case.vkeys, *given, *signed)
    except InputError as error:
        return {"text": f"UNUSABLE: {shown(str(error))}\n", "status": UNUSABLE}
    return {"text": report.to_text(), "status": report.exit_code}


def opened(chromium: Any, folder: Path) -> Any:
    """The page from a file, in a browser that has no network."""
    path = folder / "verify.html"
    path.write_bytes(page.standalone())
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    tab.goto(path.as_uri())
    return tab


def said_by_the_page(tab: Any, cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """What the page makes of the same, a few megabytes at a time."""
    batch: list[Case] = []
    for number, case in enumerate(cases):
        batch.append(case)
        if number + 1 == len(cases) or len(batch) == 50 or sum(one.size() for one in batch) > LARGEST_CASE:
            yield from tab.evaluate(ASK, [one.as_json() for one in batch])
            batch = []


def differences(tab: Any, cases: Sequence[Case]) -> list[str]:
    """Where the two do not say the same, word for word."""
    found = []
    for case, there in zip(cases, said_by_the_page(tab, cases), strict=True):
        here = said_by_python(case)
        if here != there:
            lines = zip((here["text"] + "\n").split("\n"), (there["text"] + "\n").split("\n"), strict=False)
            one, other = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
            found.append(f"{case.name} ({here['status']}, {there['status']}):\n  {one}\n  {other}")
    return found


class Kept:
    """The cases of the tests that are run."""

    def __init__(self) -> None:
        self.real = verifier.verify
        self.cases: dict[str, Case] = {}

    def keep(self, files: Mapping[str, bytes], *given: Any, **named: Any) -> Any:
        names = ("vkey", "receipts", "received", "letter", "is_signed", "witnesses", "certificates")
        said = dict(zip(names, given, strict=False)) | named
        case = Case(
            dict(files),
            verifier._given(said.get("vkey")),
            dict(verifier._by_name(said.get("receipts") or ())),
            dict(said.get("received") or {}),
            said.get("letter"),
            said.get("witnesses") or (),
            said.get("certificates") or (),
            name=os.environ.get("PYTEST_CURRENT_TEST", ""),
        )
        if case.size() < LARGEST_CASE:
            self.cases.setdefault(json.dumps(case.as_json()), case)
        return self.real(files, *given, **named)


KEPT = Kept()


def pytest_configure() -> None:
    """Stand between the tests and `verify`, before they import it."""

    @functools.wraps(KEPT.real)
    def kept(*given: Any, **named: Any) -> Any:
        return KEPT.keep(*given, **named)

    verifier.verify = kept


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    """Compare all of them."""
    import tempfile

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        found = differences(opened(browser, Path(folder)), list(KEPT.cases.values()))
        browser.close()
    print(f"\n{len(KEPT.cases)} cases were given to the page, {len(found)} of them told otherwise.")
    print("\n".join(found[:50]))
    if found:
        session.exitstatus = 1
