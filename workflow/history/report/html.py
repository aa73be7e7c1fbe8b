"""A report as one HTML page: no script, nothing from elsewhere, fit for a phone, for a dark screen and for paper."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from workflow.history.report.blocks import Block, Document, Facts, Heading, Line, Paragraph, Run, Table
from workflow.languages import direction

STYLE = """
:root { color-scheme: light dark; --ink: #1c1b19; --paper: #fff; --soft: #5f5b55; --rule: #d9d5cd; --tint: #f6f4ef;
  --added: #0b5d2c; --removed: #a11a1a }
@media (prefers-color-scheme: dark) { :root { --ink: #ecebe8; --paper: #171615; --soft: #aaa59c; --rule: #3b3935;
  --tint: #211f1d; --added: #7fd99f; --removed: #ff9d94 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--rule) }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem }
p { margin: 0 0 .75rem }
.lead { font-size: 1.2rem; font-weight: 600 }
.note, .soft { color: var(--soft) }
.note { font-size: .925rem }
.mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em }
.paper { white-space: pre-wrap; padding-inline-start: 1rem; border-inline-start: 3px solid var(--rule) }
.item { padding-inline-start: 1.25rem; text-indent: -1.25rem; margin-bottom: .4rem }
ins { color: var(--added); text-decoration: underline; text-decoration-thickness: 2px }
del { color: var(--removed) }
dl { display: grid; grid-template-columns: minmax(9rem, 17.5rem) 1fr; gap: .45rem 1.25rem; margin: 0 0 1rem }
dt { color: var(--soft) }
dd { margin: 0; min-width: 0 }
table { width: 100%; border-collapse: collapse; margin: 0 0 1rem; font-size: .925rem; line-height: 1.4;
  table-layout: fixed }
th { text-align: start; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--rule) }
th, td { padding: .5rem .75rem .5rem 0; vertical-align: top }
td { border-bottom: 1px solid var(--rule) }
td div + div { margin-top: .2rem }
@media (max-width: 44rem) { dl, dt, dd { display: block } dd { margin-bottom: .6rem }
  table, tbody, tr, td { display: block }
  thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden }
  tr { padding: .75rem; margin-bottom: .75rem; background: var(--tint); border-radius: .5rem }
  td { border: 0; padding: 0 0 .6rem; width: auto }
  td::before { content: attr(data-label); display: block; color: var(--soft); font-size: .85em; font-weight: 600 } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #444; --rule: #bbb; --tint: #fff;
  --added: #06421f; --removed: #8a0f0f }
  @page { size: A4; margin: 18mm 16mm } body { font-size: 10pt; max-width: none; padding: 0 } table { font-size: 8.5pt }
  h2, h3 { break-after: avoid } tr, dt, .item { break-inside: avoid } thead { display: table-header-group } }
"""


def written(document: Document) -> bytes:
    """Return a report as a page; equal reports give equal bytes."""
    body = "\n".join(_block(block, document.language) for block in document.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{document.language}" dir="{direction(document.language)}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="robots" content="noindex">\n'
        f"<title>{_text(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    ).encode("utf-8", "replace")


def _block(block: Block, language: str) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_text(block.words)}</h{block.level}>"
    if isinstance(block, Facts):
        rows = (f"<dt>{_text(name)}</dt><dd>{_lines(lines)}</dd>" for name, lines in block.rows)
        return f"<dl>\n{chr(10).join(rows)}\n</dl>"
    if isinstance(block, Table):
        return _table(block)
    return _paragraph(block, language)


def _paragraph(block: Paragraph, language: str) -> str:
    other = block.language if block.language and block.language != language else ""
    spoken = f' lang="{escape(other)}" dir="auto"' if other else ""
    kind = f' class="{block.kind}"' if block.kind else ""
    return f"<p{kind}{spoken}>{_line(block.runs)}</p>"


def _table(table: Table) -> str:
    heads = "".join(
        f'<th scope="col" style="width:{width}%">{_text(words)}</th>'
        for words, width in zip(table.headings, table.widths, strict=True)
    )
    labels = [escape(words) for words in table.headings]
    rows = "\n".join(f"<tr>{''.join(map(_cell, labels, row))}</tr>" for row in table.rows)
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _cell(label: str, lines: tuple[Line, ...]) -> str:
    return f'<td data-label="{label}">{_lines(lines)}</td>'


def _lines(lines: Iterable[Line]) -> str:
    return "".join(f'<div dir="auto">{_line(line)}</div>' for line in lines)


def _line(line: Line) -> str:
    return "".join(map(_run, line))


def _run(run: Run) -> str:
    words = _text(run.words)
    if run.look in ("added", "removed"):
        tag = "ins" if run.look == "added" else "del"
        return f"<{tag}>{words}</{tag}>"
    if run.look == "strong":
        return f"<strong>{words}</strong>"
    if run.look == "mono":
        return f'<span class="mono" dir="ltr">{words}</span>'
    return f'<span class="{run.look}">{words}</span>' if run.look else words


def _text(words: str) -> str:
    """Return words in which nothing is taken for a tag, and no character hides or turns what stands beside it."""
    return escape(words if words.isprintable() else "".join(map(_shown, words)))


def _shown(character: str) -> str:
    return character if character.isprintable() or character in KEPT else "\ufffd"


KEPT = "\n\t\u2068\u2069\u200c\u200d\u200e\u200f"
"""Signs without a shape that words of some scripts need, and that end with their paragraph or part."""
