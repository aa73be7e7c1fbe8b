"""
The placeholders of a letterhead, `{{ body }}` and the like: found, and what stands around them cut where they are.

They are read by our own few lines: there is no template language in a letterhead, so there is nothing to run.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping

from lxml import etree

from workflow.documents.uploads.letterhead import (
    A4,
    IN_LINE,
    PLACEHOLDERS,
    PLACES,
    STYLES,
    Page,
    Piece,
    Placeholder,
)
from workflow.documents.uploads.trees import child, drop, insert, written
from workflow.documents.writing.wordml import W
from workflow.errors import LetterheadError

_PLACEHOLDER = re.compile(r"\{\{([^{}]*+)\}\}")
_LEFT_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around a placeholder while its part is a tree; nobody else's words have them (`sanitise`)."""
_WORDS = f"{_OPEN}words{_CLOSE}"
_CUT = re.compile(
    f"{_OPEN}(\\w+){_CLOSE}|<\\?letter (\\d+)\\?>(.*?)<\\?turned ?\\?>(.*?)<\\?letter-end ?\\?>", re.DOTALL
)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ABOVE = {
    "recipient": "the addressee", "date": "the date", "subject": "the subject", "salutation": "the salutation"
}  # fmt: skip
_BELOW = {"closing": "the closing", "signatories": "the signatories"}
"""What a letterhead may leave out: it has its usual place above or below the text."""
AFTER_BIDI = (
    "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc",
    "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr",
    "pPrChange",
)  # fmt: skip
_AFTER_RTL = ("cs", "em", "lang", "eastAsianLayout", "specVanish", "oMath", "rPrChange")
"""What follows in the order of the schema (ECMA-376 part 1, 17.3.1.26 and 17.3.2.28)."""


class Finder:
    """Finds the placeholders of one letterhead: on its page, and in its headers and footers."""

    def __init__(self) -> None:
        self.names: Mapping[str, str] = {}
        """The ids of the letterhead's styles, by ours, where they differ."""
        self.named: set[str] = set()
        self.placed: dict[str, tuple[etree._Element, etree._Element]] = {}
        """Those in a line of their own, between two marks in the tree."""
        self._places: list[Placeholder] = []

    def on_page(self, root: etree._Element) -> list[str]:
        """Find them on the page; what has none gets its usual place, and is named in the sentences returned."""
        body = root.find(f"{W}body")
        if body is None:
            raise LetterheadError("The file has no text part. Save the letterhead as .docx from Word.")
        for paragraph in list(body.iter(f"{W}p")):
            found = _PLACEHOLDER.fullmatch(_own_words(paragraph).strip())
            name = found[1].strip().casefold() if found else ""
            if name in PLACES:
                self._place(paragraph, name)
            else:
                self.in_line(paragraph, "the page")
        return self._add_missing(body)

    def in_line(self, paragraph: etree._Element, where: str) -> None:
        """Find them amid words; one that Word has torn over several runs is joined in the first of them."""
        runs = list(_own_runs(paragraph))
        whole = "".join(run.text or "" for run in runs)
        if not _LEFT_BRACES.search(whole):
            return
        if _LEFT_BRACES.search(_PLACEHOLDER.sub("", whole)):
            raise LetterheadError(
                f"In {where} stands “{whole.strip()[:80]}”. Placeholders are written {{{{ body }}}}; "
                "there are no commands."
            )
        for match in reversed(list(_PLACEHOLDER.finditer(whole))):
            name = _known(match[1].strip())
            if name not in IN_LINE:
                raise LetterheadError(
                    f"The placeholder {{{{ {name} }}}} stands amid words or in {where}: "
                    "put it on the page, in a line of its own."
                )
            self.named.add(name)
            _replace(runs, match.start(), match.end(), f"{_OPEN}{name}{_CLOSE}")

    def _place(self, paragraph: etree._Element, name: str) -> None:
        self._check_place(paragraph, name)
        self.named.add(name)
        looks = next((run.find(f"{W}rPr") for run in paragraph.iter(f"{W}r")), None)
        properties = _emptied(paragraph)
        style = properties.find(f"{W}pStyle")
        if style is None:
            style = etree.Element(f"{W}pStyle")
            style.set(f"{W}val", self.names.get(STYLES[name], STYLES[name]))
            properties.insert(0, style)
        run = etree.SubElement(paragraph, f"{W}r")
        if looks is not None:
            run.append(looks)
        etree.SubElement(run, f"{W}t").text = _WORDS
        number = str(len(self._places))
        self._places.append(Placeholder(name, measure=_measure(paragraph), style=style.get(f"{W}val", "")))
        start, end = etree.ProcessingInstruction("letter", number), etree.ProcessingInstruction("letter-end")
        paragraph.addprevious(start)
        for following in (end, _turned(paragraph), etree.ProcessingInstruction("turned")):
            paragraph.addnext(following)
        self.placed[name] = (start, end)

    def _check_place(self, paragraph: etree._Element, name: str) -> None:
        if name in self.named and name != "date":
            raise LetterheadError(f"The placeholder {{{{ {name} }}}} stands in it twice. Take one of them out.")
        in_box = next(paragraph.iterancestors(f"{W}txbxContent"), None) is not None
        if in_box and name in ("body", "signatories", "logos"):
            raise LetterheadError(f"The placeholder {{{{ {name} }}}} stands in a text box. Put it on the page itself.")
        if paragraph.find(f"{W}pPr/{W}sectPr") is not None:
            raise LetterheadError(
                f"A section ends in the line of {{{{ {name} }}}}. Put the break into a line of its own."
            )

    def _add_missing(self, body: etree._Element) -> list[str]:
        sentences = []
        if not self.placed:
            sentences = ["It has no placeholders, so the letter is set after what stands on the page."]
            last = body.find(f"{W}sectPr")
            paragraph = etree.Element(f"{W}p")
            body.insert(len(body) if last is None else body.index(last), paragraph)
            self._place(paragraph, "body")
        if "body" not in self.placed:
            raise LetterheadError("The placeholder {{ body }} is missing: put it where the letter's text is to stand.")
        above = [name for name in _ABOVE if name not in self.named]
        below = [name for name in _BELOW if name not in self.named]
        start, end = self.placed["body"]
        for name, put in (*((name, start.addprevious) for name in above), *((n, end.addnext) for n in reversed(below))):
            put(paragraph := etree.Element(f"{W}p"))
            self._place(paragraph, name)
        return sentences or [
            *(f"It has no {{{{ {name} }}}}: {_ABOVE[name]} is set before the text." for name in above),
            *(f"It has no {{{{ {name} }}}}: {_BELOW[name]} is set after the text." for name in reversed(below)),
        ]

    def pieces(self, root: etree._Element) -> tuple[Piece, ...]:
        """Write a part out, cut at its placeholders."""
        for words in root.iter(f"{W}t"):
            words.set(_SPACE, "preserve")
        xml = written(root)
        found: list[Piece] = [""]
        at = 0
        for match in _CUT.finditer(xml):
            _add(found, xml[at : match.start()])
            _add(found, _FIELDS.get(match[1]) or self._cut(match))
            at = match.end()
        _add(found, xml[at:])
        return tuple(found)

    def _cut(self, match: re.Match[str]) -> Placeholder:
        if match[1]:
            return Placeholder(match[1])
        before, _, after = match[3].partition(_WORDS)
        turned = match[4].partition(_WORDS)[0]
        return self._places[int(match[2])]._replace(before=before, after=after, turned=turned)


def _own_runs(paragraph: etree._Element) -> Iterator[etree._Element]:
    """The text elements of a paragraph, without those of a text box that stands in it."""
    for words in paragraph.iter(f"{W}t"):
        if next(words.iterancestors(f"{W}p")) is paragraph:
            yield words


def _own_words(paragraph: etree._Element) -> str:
    return "".join(words.text or "" for words in _own_runs(paragraph))


def _known(name: str) -> str:
    folded = name.casefold()
    if folded not in PLACEHOLDERS:
        known = ", ".join(f"{{{{ {one} }}}}" for one in PLACEHOLDERS)
        raise LetterheadError(f"There is no placeholder {{{{ {name[:60]} }}}}. These can be used: {known}.")
    return folded


def _replace(runs: list[etree._Element], start: int, end: int, by: str) -> None:
    at = 0
    for run in runs:
        words = run.text or ""
        first, last = max(start - at, 0), min(end - at, len(words))
        if first < last:
            run.text = words[:first] + by + words[last:]
            by = ""
        at += len(words)


def _emptied(paragraph: etree._Element) -> etree._Element:
    """Take all out of a paragraph but its properties; return these."""
    properties = child(paragraph, "pPr")
    drop([one for one in paragraph if one is not properties])
    return properties


def _turned(paragraph: etree._Element) -> etree._Element:
    """The paragraph of a placeholder again, for words that are written from right to left."""
    turned = copy.deepcopy(paragraph)
    turned.tail = None
    for inside, name, following in ((turned, "bidi", AFTER_BIDI), (turned.find(f"{W}r"), "rtl", _AFTER_RTL)):
        properties = child(inside, "pPr" if name == "bidi" else "rPr")
        if properties.find(f"{W}{name}") is None:
            insert(properties, name, following)
    return turned


# --- pages ---------------------------------------------------------------------------------------------------------


def _measure(paragraph: etree._Element) -> int:
    """The length of a line where a paragraph stands: its table cell's, or its page's."""
    for cell in paragraph.iterancestors(f"{W}tc"):
        width = cell.find(f"{W}tcPr/{W}tcW")
        if width is not None and width.get(f"{W}type") == "dxa" and (width.get(f"{W}w") or "").isdigit():
            return max(1000, int(width.get(f"{W}w") or 0) - 216)
    page = page_of(paragraph.getroottree().getroot())
    return page.measure if page else A4.measure


def page_of(root: etree._Element) -> Page | None:
    """Return the page of a document's last section, as far as it says."""
    section = next(iter(list(root.iter(f"{W}sectPr"))[-1:]), None)
    if section is None:
        return None
    size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")

    def length(element: etree._Element | None, name: str, usual: int) -> int:
        said = element.get(f"{W}{name}", "") if element is not None else ""
        return int(float(said)) if re.fullmatch(r"-?\d{1,6}(\.\d+)?", said) else usual

    width = length(size, "w", A4.width)
    sides = length(margins, "left", 1440) + length(margins, "right", 1440)
    return Page(width, length(size, "h", A4.height), min(sides // 2, width // 2 - 500))


# --- what takes a placeholder's place ------------------------------------------------------------------------------


def _add(found: list[Piece], piece: Piece) -> None:
    if isinstance(piece, str) and isinstance(found[-1], str):
        found[-1] += piece
    else:
        found.append(piece)


def _field(name: str) -> str:
    """A field amid the words of a run: `w:t` is closed for it and opened again."""
    return (
        '</w:t><w:fldChar w:fldCharType="begin"/><w:instrText xml:space="preserve"> '
        f'{name} </w:instrText><w:fldChar w:fldCharType="separate"/><w:t>1</w:t><w:fldChar w:fldCharType="end"/>'
        '<w:t xml:space="preserve">'
    )


_FIELDS = {"page": _field("PAGE"), "pages": _field("NUMPAGES")}
