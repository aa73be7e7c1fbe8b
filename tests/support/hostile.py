# ruff: noqa: E501
"""Texts that somebody types to keep a parser busy: each a pattern that is repeated up to a size."""

# ruff: noqa: E501 (tables of fragments: a line for each kind)
from __future__ import annotations

import re

LINE_STARTS = [
    "> ",
    "- ",
    "1. ",
    "# ",
    "    ",
    "\t",
    "| a ",
    "a | b\n-|-\n",
    "```\n",
    "~~~\n",
    "* * *\n",
    "+ ",
    "=",
    "- - ",
]
INLINE = [
    "[", "![", "^[", "[^", "]", "[^a]", "[a](", "](", "(", ")", "*", "*a ", "*a", "**a ", "_a ", "a_", "`", "`a ", "``a`",
    "<", "<!--", "<a ", "<http://a", "<a@b", "&", "&#", "&amp;", "&#x41;", "\\", "\\*", "!", "|", "a*b_", "*_", "[*", "*[",
    "[a](<", "[a](b \"", "[](a)", "![](a)", "^[a]", "^[[", "[[^a]", "~", "~~a", "$", "{{", "{% ", "<![CDATA[", "<?", "</",
]  # fmt: skip
PLAIN = [
    "1", "7 ", "a", "é", "A", "Aa ", "word ", "We urge you to act. ", ",", ", ", "a, ", "Name, ", "A, B and ", ".", "a. ",
    "Abc. ", " ", "\t", " a", "a  b   ", "-", "- ", "a-", "co-", "—", " – ", " - a", "/", "a/", " / a", "@", "a@", "a@b.", "a@b.c ",
    "a.b@", "<a@b.example>, ", "http://", "http://a.example/ ", "www.a", "(", "(a", "(a) ", "((a) ", ")(", ";", "; ", "a; ", ":",
    "Re: ", "To: ", "Dear ", "Mr. ", "Dr ", "A.", "A. B. ", "S.A. ", "o ", "e ", "\u0301", "e\u0301", "\u200b", "\u202e", "א ",
    "ا", "\u00ad", "\u00a0", "\u2028", "\x0b", "\x0c", "\x85", "\x00", "\ufeff", "\ufffd", "\U0001f600", "\ufdfa", "ﬃ", "²", "١", "1/2/",
    "1.2.3.", "12 March ", "01/02/2020 ", "2020-01-01 ", "January ", "of the ", "de la ", "and ", "on behalf of ", "'", "\"", "“", "’s ", "&", "%s", "#",
    "p. 1 ", "Page 1 of 2 ", "vous prions agreer ", "sin otro ", "veuillez ", "le saludan ", "hon. ", "the right ", "director of ", "Ministry of ",
    "Amnesty International; ", "NGO (ABC), ", "Jean Dupont, Director, ", "H.E. ", "h e ", "s e m ", "c c ", "n° 1", "\U0001f1eb", "\u0600", "ß", "İ",
]  # fmt: skip
LINES = [
    "a", "A", "1", "1.", "(a)", "-", "- a", "* a", "> a", ">", "Jane Doe", "Jane Doe, Director", "Director", "Amnesty International",
    "We urge you to act on this matter today", "we urge you to act on this matter today and", "co-", "inter-\nnational", "word-", "Dear Minister,", "Dear", "Sincerely,",
    "Re: a", "Subject:", "Cc: a", "To: a", "12 March 2020", "Page 1", "1/2", "a@b.example", "www.a.example", "Jane Doe\tDirector\tAmnesty", "a   b   c", "\ta", "  a",
    "a\n", "A long line that is filled with words up to some width and ends", "ends here.", "Ends here.\nand", "signed:", "Organisations:", "France", "Paris, France",
    "10 Downing Street", "Minister of Justice,", "of", "and", "(", "(ABC)", "A; B; C", "A, B, C and D", "A | B | C", "• A", "P.S. a", "From: a", "-- Forwarded message", "\f", "\f1",
    "[^1]: a", "[^1]", "^[a]", "# a", "## A", "```", "| a | b |", "---", "===", "a: b", "<p>", "\\", "a\\", "a  ", "1) a", "    code", "Atentamente,", "Veuillez agréer,", "Jane",
    "Jane Doe,", "Acting Director", "for", "Name:", "Email: a@b.example", "Signed", "______", "/s/ Jane Doe", "l'", "Á", "我们", "نحن",
]  # fmt: skip


def _numbered(form: str, size: int) -> str:
    made, number = [], 0
    while sum(map(len, made[-1:])) + number * (len(form) + 2) < size:
        number += 1
        made.append(form.replace("#", str(number)))
    return "".join(made)


def _nested(opened: str, closed: str, size: int) -> str:
    half = size // (len(opened) + len(closed))
    return opened * half + "a" + closed * half


def texts(size: int = 100_000) -> dict[str, str]:
    """Return every hostile text of about a size, by its name."""
    found: dict[str, str] = {}
    for unit in dict.fromkeys((*INLINE, *PLAIN, *LINE_STARTS)):
        found[f"{unit!r} again and again"] = (unit * (size // len(unit) + 1))[:size]
    for unit in dict.fromkeys(LINES):
        found[f"lines of {unit!r}"] = (f"{unit}\n" * (size // (len(unit) + 1) + 1))[:size]
        found[f"paragraphs of {unit!r}"] = (f"{unit}\n\n" * (size // (len(unit) + 2) + 1))[:size]
    for unit in (" \t", "#", "_", "\\", ".", "(", "*", "AAAA ", "{{ date }} "):
        found[f"long rows of {unit!r}"] = f"a {unit * (4_900 // len(unit))}x\n" * (size // 4_900)
    for opened, closed in (
        "[]",
        "()",
        "**",
        "__",
        "<>",
        "“”",
        ("[", "](a)"),
        ("![", "](a)"),
        ("^[", "]"),
        ("*a ", " b*"),
        ("(a ", " b)"),
    ):
        found[f"{opened!r} nested in each other"] = _nested(opened, closed, size)
    for form in (
        "[^#]", "[^#]: a\n\n", "[^#] [^#]: a\n\n", "a[^#]\n\n[^#]: b[^#]\n\n", "[^#]: [^#]\n", "^[n #]", "# #\n\n", "#. a\n", "[#]: a\n", "[l#][#] ", "`" * 3 + "#\n",
        "Organisation #\n", "Jane Doe #, Director, Organisation #\n", "| #", "a#-\nb", "word# ", "w#\n\n", "a#@b.example\n", "#/#/2020\n", "Paragraph # of many words here.\n\n",
    ):  # fmt: skip
        found[f"numbered {form!r}"] = _numbered(form, size)[:size]
    found["runs of backticks"] = "".join("`" * n + " " for n in range(1, int((2 * size) ** 0.5)))
    found["runs of stars"] = "".join("*" * (n % 7 + 1) + "a " for n in range(size // 5))
    found["a staircase of quotes"] = "\n".join(">" * n + " a" for n in range(int((2 * size) ** 0.5)))
    found["a staircase of lists"] = "\n".join("  " * n + "- a" for n in range(int(size**0.5)))
    found["a wide table"] = f"|{'a|' * (size // 6)}\n|{'-|' * (size // 6)}\n|{'b|' * (size // 6)}\n"
    found["a long table"] = "|a|b|\n|-|-|\n" + "|c|d|\n" * (size // 6)
    found["a table of short rows"] = f"|{'a|' * 1000}\n|{'-|' * 1000}\n" + "|\n" * (size // 2)
    found["quotes ten thousand deep"] = ">" * 10_000 + " a"
    found["lists ten thousand deep"] = "- " * 10_000 + "a"
    found["one paragraph twice ten thousand times"] = "a b\n\nb a\n\n" * (size // 10)
    found["all code points"] = "".join(map(chr, [*range(9, 0xD800), *range(0xE000, 0xE000 + size - 0xD7F7)]))[:size]
    return found


LETTERS = {
    "body": "1 March 2020\n\nJane Doe\nMinister\n\nDear Minister,\n\nWe write to you.\n{}\n\nSincerely,\n\nOxfam\n",
    "names": "1 March 2020\n\nJane Doe\nMinister\n\nDear Minister,\n\nWe urge you to act.\n\nSincerely,\n\nOxfam\n{}",
    "head": "{}\n\nDear Minister,\n\nWe urge you to act on this.\n\nSincerely,\n\nOxfam\n",
}
"""A letter with a place for a hostile text in one of its parts."""


def fitted(words: str, longest: int, lines: int, brackets: int = 10**9, notes: int = 10**9) -> str:
    """Return a text broken into lines, and cut, so that it is as hostile as limits of these sizes let it be."""
    for mark, most in (("[^", notes // 2), ("^[", notes // 2), ("[", brackets)):
        parts = words.split(mark, most + 1)
        words = mark.join(parts[: most + 1])
    broken = re.findall(f".{{1,{longest}}}|\n+", words)
    kept = [line for line in broken if line.strip()][:lines]
    return "\n".join(kept) if "\n\n" not in words else "\n\n".join(kept)
