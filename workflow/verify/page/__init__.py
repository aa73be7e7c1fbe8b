"""The verifier as one static page: the parts of this folder, the same checks in JavaScript, for a browser alone."""

from __future__ import annotations

import base64
import functools
import hashlib
import html.entities
import json
from pathlib import Path

from workflow.verify.standalone import PARTS

FOLDER = Path(__file__).parent
BESIDES = ("python", "hashes", "zip", "xml", "json", "mail")
"""What Python's standard library does for the verifier."""
SAID = (
    *("check", "is_signed", "shown", "_belongs", "KEY_NOT_CHECKED", "NOT_PROVED"),
    *("canonical", "compose", "folded_name", "is_small", "later", "read_json"),
    *("cleaned", "readable", "repr", "same_mailbox", "same_person", "written"),
)
"""What of it a page may call, and those who doubt it."""


@functools.cache
def checks() -> str:
    """Return the checks as one script: it defines `undersigned.check` and knows nothing of a page."""
    entities = {name.rstrip(";"): said for name, said in sorted(html.entities.html5.items())}
    named = f"const ENTITIES = new Map(Object.entries({json.dumps(entities, separators=(',', ':'))}));\n"
    return "\n".join(
        [
            '"use strict";\nconst undersigned = (() => {',
            *(_read(f"{part}.js") for part in (*BESIDES, "report")),
            f"// --- entities: what HTML calls its characters\n\n{named}",
            *(_read(f"{part}.js") for part in PARTS if part != "report"),
            f"return {{ {', '.join(SAID)} }};\n}})();\n",
        ]
    )


@functools.cache
def standalone() -> bytes:
    """Return verify.html: one file that needs no network, and forbids itself any."""
    style, script = _read("page.css"), _read("page.js")
    page = _read("page.html")
    for mark, content in (
        ("{policy}", policy()),
        ("{style}", style),
        ("{checks}", checks()),
        ("{script}", script),
    ):
        before, _, after = page.partition(mark)
        page = before + content + after
    return page.encode()


def policy() -> str:
    """Return the page's Content-Security-Policy: its own scripts and style by their hashes, and no network at all."""
    return (
        f"default-src 'none'; script-src {_hash(checks())} {_hash(_read('page.js'))}; worker-src blob:; "
        f"style-src {_hash(_read('page.css'))}; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@functools.cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
