"""Pieces of Markdown, as letters have them and as nobody writes them."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    "a",
    "b",
    "foo",
    "5",
    "%",
    "$",
    "é",
    "ក",
    "؟",
    "。",
    "'",
    ".",
    ")",
    "(",
    "]",
    "[",
    "!",
    "<",
    ">",
    "x",
    "*",
    "**",
    "_",
    "__",
    "`",
    "``",
    "~~~",
    "```",
    "-",
    "+",
    "1.",
    "2)",
    "10.",
    "#",
    "##",
    "---",
    "===",
    "|",
    "\\",
    "&",
    "&amp;",
    "&#35;",
    "&#x202e;",
    "&copy;",
    "&nbsp",
    "[^a]",
    "[^b]",
    "[^a]:",
    "[^b]:",
    "^[",
    "^[in]",
    "](/rel)",
    "](<b",
    "c>)",
    "](http://x.org/a)",
    "<http://a.example/%41é%C3>",
    "<a@b.example>",
    "[x](mailto:é@é.com)",
    "[y](http://a*b:80/)",
    "[z](//é.example/ü?q=%zz#f)",
    "[w](javascript:no)",
    "[v](a(b)c)",
    "http://é.example",
]


def bodies(*words: str) -> st.SearchStrategy[str]:
    """Bodies of up to six blocks of every kind, put together from these words."""
    sentence = st.lists(st.sampled_from(words), min_size=1, max_size=8).map(" ".join)
    block = st.one_of(
        sentence,
        sentence.map(lambda s: f"# {s}"),
        sentence.map(lambda s: f"> {s}"),
        st.lists(sentence, min_size=1, max_size=3).map(lambda items: "\n".join(f"- {item}" for item in items)),
        st.lists(sentence, min_size=1, max_size=3).map(lambda items: "\n".join(f"1. {item}" for item in items)),
        st.lists(sentence, min_size=1, max_size=2).map(
            lambda rows: "| a |\n| - |\n" + "\n".join(f"| {r} |" for r in rows)
        ),
    )
    return st.lists(block, max_size=6)
