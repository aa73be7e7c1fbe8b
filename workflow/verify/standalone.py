"""The parts of this folder as one file, `verify.py`: it goes into every evidence.zip and needs nothing beside it."""

import ast
import functools
from collections.abc import Mapping
from pathlib import Path

PARTS = (
    "report",
    "ed25519",
    "notes",
    "tree",
    "bundle",
    "entries",
    "keys",
    "signed",
    "der",
    "witnessed",
    "heads",
    "receipts",
    "erased",
    "texts",
    "links",
    "lines",
    "delimiters",
    "inline",
    "markdown",
    "composing",
    "corrections",
    "machines",
    "silence",
    "conditions",
    "deadlines",
    "persons",
    "four_eyes",
    "mails",
    "afterwards",
    "replay",
    "package",
    "word",
    "looks",
    "printing",
    "names",
    "dates",
    "expected",
    "emphasis",
    "loose",
    "addendum",
    "documents",
    "printed_names",
    "one_name",
    "one_document",
    "one_signoff",
    "verifier",
    "command",
)
"""In the order of their imports; `command` comes last and gives the file its docstring."""


@functools.cache
def standalone() -> bytes:
    """Return verify.py: the parts one after the other, under the imports of the standard library that they need."""
    sources = {part: (Path(__file__).parent / f"{part}.py").read_text(encoding="utf-8") for part in PARTS}
    usage = _docstring(sources["command"])
    head = f'#!/usr/bin/env python3\n"""\n{usage}\n"""\n\nfrom __future__ import annotations\n\n{_imports(sources)}'
    heads = {part: _docstring(sources[part]).replace("\n", "\n# ").replace("# \n", "#\n") for part in PARTS}
    bodies = [f"# --- {part}: {heads[part]}\n\n{_body(sources[part])}" for part in PARTS[:-1]]
    return "\n\n".join([head, *bodies, f"# --- command\n\n{_body(sources[PARTS[-1]])}"]).encode()


def _docstring(source: str) -> str:
    return ast.get_docstring(ast.parse(source)) or ""


def _imports(sources: Mapping[str, str]) -> str:
    """What the parts import from the standard library, each name once."""
    names: dict[str, set[str]] = {}
    for node in (node for source in sources.values() for node in ast.parse(source).body):
        if isinstance(node, ast.Import):
            names |= {alias.name: set() for alias in node.names}
        elif (
            isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith(("workflow", "__future__"))
        ):
            names.setdefault(node.module, set()).update(alias.name for alias in node.names)
    return "".join(
        f"from {module} import {', '.join(sorted(names[module]))}\n" if names[module] else f"import {module}\n"
        for module in sorted(names)
    )


def _body(source: str) -> str:
    """What a part holds below its imports."""
    last = max(node.end_lineno or 0 for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom))
    return "\n".join(source.split("\n")[last:]).strip("\n") + "\n"
