"""The verifier's own reading of Markdown, held against markdown-it's, by which the product prints."""

import os
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.pieces import PIECES
from workflow.letter import text
from workflow.verify import markdown
from workflow.verify.report import VerificationError

NAMES = {
    "list_item_open": "item",
    "list_item_close": "item_end",
    "blockquote_open": "quote",
    "blockquote_close": "quote_end",
    "table_open": "table",
    "table_close": "table_end",
    "tr_open": "row",
    "hr": "rule",
    "bullet_list_close": "list_end",
    "ordered_list_close": "list_end",
}
MARKS = {"strong_open": "bold", "strong_close": "bold_end", "em_open": "italic", "em_close": "italic_end"}
PIECES += [" ", "  ", "\n", "\n\n", "\n    ", "\n  ", "\t", "\n> ", "\n> > ", "\n- ", "\n1. ", "\n   ", "  \n", "\\\n"]
PIECES += ["\n|a|b|\n|-|:-:|\n", "\n| a | b\\|c |\n| - | - |\n| 1 |\n", '](http://x.org/a "tip")', "```\n", "~~~ x\n"]
PIECES += ["\n[^a]: note ", "\n\n[^b]: other", "\n\n[^c]: one\n\n    two\n", "> ", "- ", "1. ", "\u00a0", "\u2003"]


def printed(body):
    """The body as the product reads it, in the words of the verifier's blocks."""
    found = []
    for token in text.parse(body):
        if token.type == "inline":
            found.append(("words", joined(pieces_of(token))))
        elif token.type in ("fence", "code_block"):
            found.append(("code", token.content.rstrip("\n")))
        elif token.type == "bullet_list_open":
            found.append(("list", "bullet", 1))
        elif token.type == "ordered_list_open":
            start = token.attrGet("start")
            found.append(("list", token.markup, 1 if start is None else int(start)))
        elif token.type == "footnote_open":
            found.append(("note", token.meta["id"]))
        elif token.type in NAMES:
            found.append((NAMES[token.type],))
    return found


def pieces_of(token):
    for child in token.children or []:
        if child.type == "hardbreak":
            yield ("break",)
        elif child.type == "link_open":
            yield "link", child.attrGet("href"), child.attrGet("title") or ""
        elif child.type == "link_close":
            yield ("link_end",)
        elif child.type == "footnote_ref":
            yield "note", child.meta["id"]
        elif child.type in MARKS:
            yield (MARKS[child.type],)
        elif child.type == "code_inline":
            yield "code", child.content
        else:
            yield "text", " " if child.type == "softbreak" else child.content


def joined(pieces):
    found = []
    for piece in pieces:
        if piece[0] == "text" and found and found[-1][0] == "text":
            found[-1] = ("text", found[-1][1] + piece[1])
        elif piece != ("text", ""):
            found.append(piece)
    return found


def verified(body):
    """The body as the verifier reads it."""
    found = []
    for block in markdown.read(body):
        if block.kind in ("text", "cell"):
            found.append(("words", joined(map(bare, block.words))))
        elif block.kind == "code":
            found.append(("code", block.code.rstrip("\n")))
        elif block.kind == "list":
            found.append(("list", block.mark, block.start))
        elif block.kind == "note":
            found.append(("note", block.start))
        else:
            found.append((block.kind,))
    return found


def bare(piece):
    said = {"text": (piece.words,), "code": (piece.words,), "link": (piece.words, piece.tip), "note": (piece.number,)}
    return (piece.kind, *said.get(piece.kind, ()))


@pytest.mark.slow
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=250 if not os.environ.get("SOAK") else 50_000)
@example("- a\n\n  b\n- c\n\n      code")
@example("> a\nb\n> - c\nd")
@example("***a** b* _c_d_ **e")
@example("[a](b\\)c '(t)') <mailto:x@y.z>")
def test_the_verifier_reads_a_body_as_it_is_printed(body):
    clean = text.clean_block(body)

    assert verified(clean) == printed(clean)


@given(st.text(max_size=200))
@settings(max_examples=100 if not os.environ.get("SOAK") else 20_000)
def test_whatever_is_typed_is_read_as_it_is_printed(body):
    clean = text.clean_block(body)

    assert verified(clean) == printed(clean)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body", ["[" * 50_000, "*a _" * 20_000, "`" * 20_000, "> " * 20_000, "- " * 5_000, "^[" * 3_000, "|" * 50_000]
)
def test_a_body_that_would_take_for_ever_is_read_or_refused_in_seconds(body):
    try:
        markdown.read(body)
    except VerificationError as fault:
        assert "takes too long" in str(fault)


def soak(seed, count):
    """Compare `count` other bodies than the suite's; a person runs it."""
    picked = random.Random(seed)
    for _ in range(count):
        body = text.clean_block("".join(picked.choice(PIECES) for _ in range(picked.randint(1, 50))))
        if verified(body) != printed(body):
            print(repr(body))
