"""Whether the words of a letter can be seen: what hides, strikes or disguises them in a paragraph, a style, a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from workflow.verify.package import WORD, Package, is_on, local, said
from workflow.verify.word import Printed

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
Properties = dict[str, ElementTree.Element]
HARMLESS = {
    # of characters
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "u", "lang", "rtl", "cs", "kern", "noProof", "caps", "smallCaps",
    "sz", "szCs", "color", "shd", "highlight", "spacing", "w", "position", "vertAlign", "snapToGrid", "bdr", "em",
    # of paragraphs
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "numPr", "suppressLineNumbers", "pBdr",
    "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
    "autoSpaceDN", "bidi", "adjustRightInd", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc",
    "textAlignment", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "framePr",
}  # fmt: skip
HARMLESS_TABLE = {
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc",
    "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption",
    "tblDescription", "cnfStyle", "cantSplit", "trHeight", "tblHeader", "gridBefore", "gridAfter", "wBefore", "wAfter",
    "tcW", "gridSpan", "vMerge", "tcBorders", "noWrap", "tcMar", "vAlign", "hideMark", "hidden",
}  # fmt: skip
HIDING = {
    "vanish": "hidden", "webHidden": "hidden", "specVanish": "hidden", "strike": "struck out",
    "dstrike": "struck out", "fitText": "squeezed", "outline": "drawn in outline", "emboss": "embossed",
    "imprint": "engraved", "eastAsianLayout": "laid out in another direction", "textDirection": "turned around",
    "textFill": "filled otherwise", "textOutline": "drawn in outline",
    "rPrChange": "a tracked change", "pPrChange": "a tracked change", "ins": "a tracked change",
    "del": "a tracked change", "moveFrom": "a tracked change", "moveTo": "a tracked change",
}  # fmt: skip
SYMBOLS = re.compile(r"wingdings|webdings|symbol|dingbats|marlett|barcode|3 of 9|code ?39", re.IGNORECASE)
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
MARKS = re.compile("\x01[^\x02]*\x02")
SMALLEST, LARGEST = 10, 400
"""Of letters, in half points."""
FURTHEST = 9_000
"""How far from the margin a line may begin, in twentieths of a point (16 cm), and as much again for 20 quotations."""
LEAST_CONTRAST = 1.6
"""Between letters and what is behind them, as WCAG measures it; black on white has 21."""
HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00", "magenta": "FF00FF", "red": "FF0000",
    "yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000",
    "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000", "darkGray": "808080", "lightGray": "C0C0C0",
}  # fmt: skip
THEME_NAMES = {
    "text1": "dk1", "dark1": "dk1", "background1": "lt1", "light1": "lt1", "text2": "dk2", "dark2": "dk2",
    "background2": "lt2", "light2": "lt2", "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip


class Looks:
    """How the paragraphs of one document look, by its styles, its theme and what is set on the spot."""

    def __init__(self, package: Package) -> None:
        self.colours = _theme(package.of_kind("theme"))
        self.defaults: Properties = {}
        self.styles: dict[str, ElementTree.Element] = {}
        self.usual: dict[str, str] = {}
        self.kept: dict[str, Properties] = {}
        root = package.of_kind("styles")
        for one in root if root is not None else ():
            if local(one) == "style":
                self._keep_style(one)
            elif local(one) == "docDefaults":
                for name in ("rPrDefault/{0}rPr", "pPrDefault/{0}pPr"):
                    self.defaults.update(_properties(one.find(WORD + name.format(WORD))))

    def _keep_style(self, style: ElementTree.Element) -> None:
        name = said(style, "styleId")
        # Of two styles under one name nobody knows which is meant: both hold.
        if name in self.styles:
            style.extend(list(self.styles[name]))
        self.styles[name] = style
        if said(style, "default") in ("1", "true", "on"):
            self.usual.setdefault(said(style, "type"), name)

    def faults(self, printed: Printed) -> Iterator[str]:
        """Say what keeps a reader from seeing the words of a paragraph as they are, each thing once."""
        paragraph = _properties(printed.paragraph)
        within = self._table(printed.within)
        yield from _hidden_in(printed.within)
        yield from self._shaded(printed.within)
        style = self._paragraph_style(paragraph)
        around = {**self.defaults, **within, **style, **paragraph}
        yield from self._placed(around)
        if any(is_on(_properties(around.get("p rPr")).get(kind)) for kind in ("vanish", "specVanish")):
            yield "run together with the next paragraph"
        for properties, words in printed.runs:
            if words.strip():
                own = _properties(properties)
                named = self._style(said(own.get("rStyle"))) if "rStyle" in own else {}
                yield from self._seen({**around, **named, **own}, own, words)

    def is_numbered_by_style(self, printed: Printed) -> bool:
        """Whether a paragraph's style puts a number before it that nobody has signed."""
        own = _properties(printed.paragraph)
        numbering = self._paragraph_style(own).get("p numPr")
        number = numbering.find(f"{WORD}numId") if numbering is not None else None
        return "p numPr" not in own and said(number) not in ("", "0")

    def _paragraph_style(self, paragraph: Properties) -> Properties:
        return self._style(said(paragraph.get("p pStyle")) or self.usual.get("paragraph", ""))

    def _style(self, name: str) -> Properties:
        """What a style sets, with those that it is based on."""
        if name not in self.kept:
            found: list[Properties] = []
            at, seen = name, set()
            while at in self.styles and at not in seen:
                seen.add(at)
                style = self.styles[at]
                own: Properties = {}
                for one in style:
                    if local(one) in ("pPr", "rPr"):
                        own.update(_properties(one))
                found.append(own)
                at = said(style.find(f"{WORD}basedOn"))
            merged: Properties = {}
            for own in reversed(found):
                merged.update(own)
            self.kept[name] = merged
        return self.kept[name]

    def _table(self, within: Iterable[ElementTree.Element]) -> Properties:
        found: Properties = {}
        for one in within:
            if local(one) == "tblPr":
                name = said(one.find(f"{WORD}tblStyle"))
                found.update(self._style(name))
                for part in self.styles[name].iter(f"{WORD}rPr") if name in self.styles else ():
                    # What a style sets for some cells counts for all of them.
                    own = _properties(part)
                    found.update({kind: at for kind, at in own.items() if kind in HIDING or kind in ("sz", "szCs")})
            if local(one) in ("tcPr", "tblPr"):
                for at in one.findall(f"{WORD}shd"):
                    found["cell shd"] = at
        return found

    def _shaded(self, within: Iterable[ElementTree.Element]) -> Iterator[str]:
        """What a table's style sets for some of its cells: letters and what is behind them, together."""
        for table in (one for one in within if local(one) == "tblPr"):
            style = self.styles.get(said(table.find(f"{WORD}tblStyle")))
            for part in style.findall(f"{WORD}tblStylePr") if style is not None else ():
                shade = part.find(f"{WORD}tcPr/{WORD}shd")
                own = _properties(part.find(f"{WORD}rPr"))
                yield from self._coloured(own if shade is None else {**own, "cell shd": shade})

    def _placed(self, around: Properties) -> Iterator[str]:
        spacing, indent = around.get("p spacing"), around.get("p ind")
        if said(spacing, "lineRule") == "exact" and _measured(said(spacing, "line"), 240) < 100:
            yield "in lines too low to be read"
        for side in ("left", "right", "start", "end", "firstLine", "hanging"):
            if abs(_measured(said(indent, side), 0)) > FURTHEST * 2:
                yield "beyond the edge of the page"

    def _seen(self, around: Properties, own: Properties, words: str) -> Iterator[str]:
        for kind, how in HIDING.items():
            if any(name in around and is_on(around[name]) for name in (kind, f"p {kind}")):
                yield how
        size = around.get("szCs" if RIGHT_TO_LEFT.search(words) else "sz")
        if size is not None and not SMALLEST <= _measured(said(size), 0) <= LARGEST:
            yield "too small or too large to be read"
        raised = said(around.get("vertAlign")) not in ("", "baseline")
        if (raised and MARKS.sub("", words).strip()) or _measured(said(around.get("position")), 0):
            yield "raised or lowered"
        spread, scaled = _measured(said(around.get("spacing")), 0), _measured(said(around.get("w")), 100)
        if not -20 <= spread <= 200 or not 50 <= scaled <= 200:
            yield "squeezed or spread"
        fonts = around.get("rFonts")
        if fonts is not None and any(SYMBOLS.search(font) for font in fonts.attrib.values()):
            yield "in a font of symbols"
        if is_on(own.get("rtl")) and not RIGHT_TO_LEFT.search(words):
            yield "turned around"
        yield from self._coloured(around)

    def _coloured(self, around: Properties) -> Iterator[str]:
        letters = self._colour(around.get("color"), "val", "themeColor")
        behind = None
        for kind in ("cell shd", "p shd", "shd"):
            if kind in around:
                shade = around[kind]
                full = "color" if said(shade) == "solid" else "fill"
                behind = self._colour(shade, full, "themeColor" if full == "color" else "themeFill") or behind
        if "highlight" in around:
            behind = HIGHLIGHTS.get(said(around["highlight"]), "") or behind
        if letters is None and behind is None:
            return
        if letters is None and _light(behind or "FFFFFF") < 0.18:
            return  # Letters without a colour of their own are white on what is dark.
        if _contrast(letters or "000000", behind or "FFFFFF") < LEAST_CONTRAST:
            yield "in the colour of what is behind them"

    def _colour(self, one: ElementTree.Element | None, name: str, theme: str) -> str | None:
        """A colour as six hex digits: the theme's rules, for it is what Word shows."""
        named = said(one, theme)
        if named and named != "none":
            found = self.colours.get(THEME_NAMES.get(named, named))
            return _tinted(found, one, theme) if found and one is not None else None
        plain = said(one, name)
        return plain.upper() if re.fullmatch("[0-9A-Fa-f]{6}", plain) else None


def unknown(printed: Printed) -> Iterator[str]:
    """Name the properties of a paragraph that no letter has."""
    for properties in (printed.paragraph, *(run[0] for run in printed.runs)):
        for kind in _properties(properties):
            if kind.removeprefix("p ") not in HARMLESS and kind not in HIDING:
                yield kind.removeprefix("p ")
    for properties in printed.within:
        for kind in _properties(properties):
            if kind not in HARMLESS_TABLE:
                yield kind


def _properties(element: ElementTree.Element | None) -> Properties:
    """What an element sets, by its name; those of newer Word without their namespace, those of paragraphs with a p."""
    if element is None:
        return {}
    before = "p " if element.tag == f"{WORD}pPr" else ""
    return {before + str(one.tag).rpartition("}")[2]: one for one in element}


def _hidden_in(within: Iterable[ElementTree.Element]) -> Iterator[str]:
    """What a table, a row or a cell may do to its words."""
    for properties in within:
        own = _properties(properties)
        height, width = own.get("trHeight"), own.get("tcW")
        if is_on(own.get("hidden")):
            yield "in a hidden row"
        if said(height, "hRule") == "exact" and _measured(said(height), 999) < 100:
            yield "in a row too low to be read"
        if said(width, "type") == "dxa" and 0 < _measured(said(width, "w"), 999) < 200:
            yield "in a column too narrow to be read"
        if "vMerge" in own and said(own["vMerge"]) != "restart":
            yield "in a cell that is covered by another"
        if "textDirection" in own or "tcFitText" in own:
            yield "squeezed or turned around"


def _measured(text: str, usual: int) -> int:
    found = re.fullmatch(r"(-?[0-9]{1,9})(?:\.[0-9]+)?%?", text)
    return int(found[1]) if found else usual


def _theme(root: ElementTree.Element | None) -> dict[str, str]:
    scheme = root.find(f".//{DRAWING}clrScheme") if root is not None else None
    found = {}
    for one in scheme if scheme is not None else ():
        for colour in one:
            value = colour.get("lastClr") or colour.get("val") or ""
            if re.fullmatch("[0-9A-Fa-f]{6}", value):
                found[str(one.tag).rpartition("}")[2]] = value.upper()
    return found


def _tinted(colour: str, one: ElementTree.Element, theme: str) -> str:
    """A colour of the theme, made lighter (tint) or darker (shade)."""
    kind = "theme" if theme == "themeColor" else "themeFill"
    tint, shade = said(one, f"{kind}Tint"), said(one, f"{kind}Shade")
    parts = [int(colour[at : at + 2], 16) for at in (0, 2, 4)]
    if re.fullmatch("[0-9A-Fa-f]{2}", tint):
        parts = [255 - (255 - part) * int(tint, 16) // 255 for part in parts]
    if re.fullmatch("[0-9A-Fa-f]{2}", shade):
        parts = [part * int(shade, 16) // 255 for part in parts]
    return "".join(f"{part:02X}" for part in parts)


def _light(colour: str) -> float:
    """How light a colour is, 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_light(one), _light(other)))
    return (light + 0.05) / (dark + 0.05)
