"""Whether the words of a letter can be seen: what hides, strikes or disguises them in a paragraph, a style, a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
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
    "tcW", "gridSpan", "vMerge", "tcBorders", "noWrap", "tcMar", "vAlign", "hideMark", "hidden", "gridCol",
}  # fmt: skip
HIDING = {
    "vanish": "hidden", "webHidden": "hidden", "specVanish": "hidden", "strike": "struck out",
    "dstrike": "struck out", "fitText": "squeezed", "outline": "drawn in outline", "emboss": "embossed",
    "imprint": "engraved", "eastAsianLayout": "laid out in another direction", "textDirection": "turned around",
    "textFill": "filled otherwise", "textOutline": "drawn in outline",
    "rPrChange": "a tracked change", "pPrChange": "a tracked change", "ins": "a tracked change",
    "del": "a tracked change", "moveFrom": "a tracked change", "moveTo": "a tracked change",
    "sectPrChange": "a tracked change", "tblPrChange": "a tracked change", "trPrChange": "a tracked change",
    "tcPrChange": "a tracked change", "tblPrExChange": "a tracked change", "cellIns": "a tracked change",
    "cellDel": "a tracked change", "cellMerge": "a tracked change", "hMerge": "in a cell that is covered by another",
}  # fmt: skip
SET_OFF = {"caps", "smallCaps", "u", "em", "bdr", "highlight", "p pBdr", "p pageBreakBefore", "p bidi"}
"""What no text asks for: it comes from the letterhead, or from somebody else."""
SYMBOLS = re.compile(
    r"wingdings|webdings|symbol|dingbats|marlett|barcode|3 of 9|code ?39|mdl2|icons|awesome|emoji|mt extra|ms outlook"
    r"|\bblank\b|redacted|\bflow\b",
    re.IGNORECASE,
)
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
MARKS = re.compile("\x01[^\x02]*\x02")
SMALLEST, LARGEST = 10, 400
"""Of letters, in half points."""
FURTHEST = 9_000
"""How far from the margin a line may begin, in twentieths of a point (16 cm), and as much again for 20 quotations."""
FURTHEST_CHARACTERS = 10_000
"""The same in hundredths of a character."""
NARROWEST = 200
"""Of a column or a frame, and the lowest row."""
PLACES = {
    "p ind": "left right start end firstLine hanging", "p framePr": "x y hSpace vSpace",
    "tblpPr": "tblpX tblpY leftFromText rightFromText topFromText bottomFromText", "tblInd": "w",
    "wBefore": "w", "wAfter": "w", "tblCellSpacing": "w",
}  # fmt: skip
"""What moves words to another place, by the attributes that say how far."""
TOGETHER = ("rFonts", "p ind", "p spacing")
"""What is put together, attribute by attribute, of all that sets it."""
LEAST_CONTRAST = 1.6
"""Between letters and what is behind them, as WCAG measures it; black on white has 21."""
HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00", "magenta": "FF00FF", "red": "FF0000",
    "yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000",
    "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000", "darkGray": "808080", "lightGray": "C0C0C0",
}  # fmt: skip
OFFICE_COLOURS = {
    "dk1": "000000", "lt1": "FFFFFF", "dk2": "44546A", "lt2": "E7E6E6", "hlink": "0563C1", "folHlink": "954F72",
}  # fmt: skip
"""What Word takes where a document has no theme, or one without these."""
THEME_NAMES = {
    "text1": "dk1", "dark1": "dk1", "background1": "lt1", "light1": "lt1", "text2": "dk2", "dark2": "dk2",
    "background2": "lt2", "light2": "lt2", "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip


class Looks:
    """How the paragraphs of one document look, by its styles, its theme and what is set on the spot."""

    def __init__(self, package: Package) -> None:
        theme = package.of_kind("theme")
        self.colours, self.fonts = _theme(theme), _theme_fonts(theme)
        self.symbols = set(_fonts_of_symbols(package.of_kind("fontTable")))
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
                    self.defaults.update(properties_of(one.find(WORD + name.format(WORD))))

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
        paragraph = properties_of(printed.paragraph)
        level = printed.level if printed.level is not None else ElementTree.Element("none")
        shades = list(self._shades(printed.within))
        yield from self._hidden_in(printed.within)
        around = _together(
            self.defaults, self._table(printed.within), self._paragraph_style(paragraph),
            properties_of(level.find(f"{WORD}pPr")), paragraph,
        )  # fmt: skip
        yield from self._placed(around)
        mark = properties_of(around.get("p rPr"))
        if any(is_on(mark.get(kind)) for kind in ("vanish", "specVanish", "ins", "del", "moveFrom", "moveTo")):
            yield "run together with the next paragraph"
        number = (level.find(f"{WORD}rPr"), printed.line.label)
        for properties, words in [number, *printed.runs]:
            if words.strip():
                own = properties_of(properties)
                named = self.style_of(said(own.get("rStyle"))) if "rStyle" in own else {}
                seen = _together(around, named, own)
                yield from self._seen(seen, own, words)
                for shade in shades if "color" in own or "color" in named else ():
                    yield from self._coloured({"color": seen["color"], "cell shd": shade})
        if any(map(_is_set_twice, (printed.paragraph, *printed.within, *(run[0] for run in printed.runs)))):
            yield "set in two ways at once"

    def is_turned_by_style(self, printed: Printed) -> bool:
        """Whether a style reverses words that are written from left to right."""
        around = _together(self.defaults, self._paragraph_style(properties_of(printed.paragraph)))
        for properties, words in printed.runs:
            own = properties_of(properties)
            seen = _together(around, self.style_of(said(own.get("rStyle"))))
            if words.strip() and "rtl" not in own and is_on(seen.get("rtl")) and not RIGHT_TO_LEFT.search(words):
                return True
        return False

    def is_numbered_by_style(self, printed: Printed) -> bool:
        """Whether a paragraph's style puts a number before it that nobody has signed."""
        own = properties_of(printed.paragraph)
        numbering = self._paragraph_style(own).get("p numPr")
        number = numbering.find(f"{WORD}numId") if numbering is not None else None
        return "p numPr" not in own and said(number) not in ("", "0")

    def _paragraph_style(self, paragraph: Properties) -> Properties:
        return self.style_of(said(paragraph.get("p pStyle")) or self.usual.get("paragraph", ""))

    def style_of(self, name: str) -> Properties:
        """What a style sets, with those that it is based on."""
        if name not in self.kept:
            parts = [one for style in self.chain_of(name) for one in style if local(one) in ("pPr", "rPr")]
            self.kept[name] = _together(*map(properties_of, parts))
        return self.kept[name]

    def chain_of(self, name: str) -> list[ElementTree.Element]:
        """A style and those that it is based on, the first one first."""
        found: list[ElementTree.Element] = []
        while name in self.styles and self.styles[name] not in found:
            found.append(self.styles[name])
            name = said(found[-1].find(f"{WORD}basedOn"))
        return found[::-1]

    def _table(self, within: Iterable[ElementTree.Element]) -> Properties:
        found: Properties = {}
        for one in within:
            if local(one) == "tblPr":
                name = said(one.find(f"{WORD}tblStyle"))
                found = _together(found, self.style_of(name))
                for style in self.chain_of(name):
                    for part in style.iter(f"{WORD}rPr"):
                        # What a style sets for some cells counts for all of them.
                        own = properties_of(part)
                        found.update({kind: at for kind, at in own.items() if kind in HIDING or kind in ("sz", "szCs")})
                    for at in (*style.findall(f"{WORD}tblPr/{WORD}shd"), *style.findall(f"{WORD}tcPr/{WORD}shd")):
                        found["cell shd"] = at
            if local(one) in ("tblPr", "tblPrEx", "tcPr"):
                for at in one.findall(f"{WORD}shd"):
                    found["cell shd"] = at
        return found

    def _shades(self, within: Iterable[ElementTree.Element]) -> Iterator[ElementTree.Element]:
        """What is behind some of a table's cells, as its style sets it."""
        for table in (one for one in within if local(one) == "tblPr"):
            for style in self.chain_of(said(table.find(f"{WORD}tblStyle"))):
                for part in style.findall(f"{WORD}tblStylePr"):
                    yield from part.iter(f"{WORD}shd")

    def _hidden_in(self, within: Iterable[ElementTree.Element]) -> Iterator[str]:
        """What a table, a row or a cell may do to its words."""
        for properties in within:
            own = properties_of(properties)
            if local(properties) == "tblPr":
                styles = self.chain_of(said(own.get("tblStyle")))
                own = _together(*(properties_of(style.find(f"{WORD}tblPr")) for style in styles), own)
                # Letters and what is behind them, as a style sets both for some of its cells.
                for part in (part for style in styles for part in style.findall(f"{WORD}tblStylePr")):
                    shade, looks = part.find(f"{WORD}tcPr/{WORD}shd"), properties_of(part.find(f"{WORD}rPr"))
                    yield from self._coloured(looks if shade is None else {**looks, "cell shd": shade})
            yield from _hides(own, properties)

    def _placed(self, around: Properties) -> Iterator[str]:
        spacing, indent, frame = (around.get(f"p {kind}") for kind in ("spacing", "ind", "framePr"))
        size = _measured(said(around.get("sz")), 22)
        if said(spacing, "lineRule") == "exact" and _measured(said(spacing, "line"), 240) < 7 * size:
            yield "in lines too low to be read"
        characters = (f"{side}Chars" for side in PLACES["p ind"].split())
        if any(abs(_measured(said(indent, side), 0)) > FURTHEST_CHARACTERS for side in characters):
            yield "beyond the edge of the page"
        yield from _far(around)
        low = said(frame, "hRule") == "exact" and _measured(said(frame, "h"), 999) < NARROWEST
        if low or (said(frame, "w") and _measured(said(frame, "w"), 999) < NARROWEST):
            yield "in a frame too small to be read"

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
        if fonts is not None and any(self._draws_symbols(*font) for font in fonts.attrib.items()):
            yield "in a font of symbols"
        if is_on(own.get("rtl")) and not RIGHT_TO_LEFT.search(words):
            yield "turned around"
        yield from self._coloured(around)

    def _draws_symbols(self, name: str, font: str) -> bool:
        if name.endswith("Theme"):
            return any(map(SYMBOLS.search, self.fonts.get(font[:5], ())))
        return font in self.symbols or SYMBOLS.search(font) is not None

    def _coloured(self, around: Properties) -> Iterator[str]:
        letters = self._colour(around.get("color"), "val", "themeColor")
        behind = None
        for kind in ("cell shd", "p shd", "shd"):
            if kind in around:
                behind = self._shade(around[kind]) or behind
        if "highlight" in around:
            behind = HIGHLIGHTS.get(said(around["highlight"]), "") or behind
        if letters is None and behind is None:
            return
        if letters is None and _light(behind or "FFFFFF") < 0.18:
            return  # Letters without a colour of their own are white on what is dark.
        if _contrast(letters or "000000", behind or "FFFFFF") < LEAST_CONTRAST:
            yield "in the colour of what is behind them"

    def _shade(self, shade: ElementTree.Element) -> str | None:
        """What is behind letters: a colour, or a pattern of two, which is taken as their mixture."""
        fill, pattern = self._colour(shade, "fill", "themeFill"), self._colour(shade, "color", "themeColor")
        kind = said(shade)
        dense = re.fullmatch("pct([0-9]{1,2})", kind)
        share = int(dense[1]) if dense else {"": 0, "clear": 0, "nil": 0, "solid": 100}.get(kind, 50)
        if not share:
            return fill
        one, other = fill or "FFFFFF", pattern or "000000"
        parts = [
            (int(one[at : at + 2], 16) * (100 - share) + int(other[at : at + 2], 16) * share) // 100 for at in (0, 2, 4)
        ]
        return "".join(f"{part:02X}" for part in parts)

    def _colour(self, one: ElementTree.Element | None, name: str, theme: str) -> str | None:
        """A colour as six hex digits: the theme's rules, for it is what Word shows."""
        named = said(one, theme)
        if named and named != "none":
            found = self.colours.get(THEME_NAMES.get(named, named))
            return _tinted(found, one, theme) if found and one is not None else None
        plain = said(one, name)
        return plain.upper() if re.fullmatch("[0-9A-Fa-f]{6}", plain) else None


def settings_faults(settings: ElementTree.Element | None) -> Iterator[str]:
    """Say what the settings of a whole document change of what is read in it."""
    for one in settings if settings is not None else ():
        if local(one) == "footnotePr" and any(local(part) not in ("footnote", "pos") for part in one):
            yield "footnotes that are numbered otherwise"
        elif local(one) == "clrSchemeMapping" and (said(one, "t1"), said(one, "bg1")) != ("dark1", "light1"):
            yield "a theme whose colours are exchanged"


def unknown(printed: Printed) -> Iterator[str]:
    """Name the properties of a paragraph that no letter has."""
    for properties in (printed.paragraph, *(run[0] for run in printed.runs)):
        for kind in properties_of(properties):
            if kind.removeprefix("p ") not in HARMLESS and kind not in HIDING:
                yield kind.removeprefix("p ")
    for properties in printed.within:
        for kind in properties_of(properties):
            if kind not in HARMLESS_TABLE:
                yield kind


def set_anew(letter: Sequence[Printed], letterhead: Sequence[Printed]) -> Iterator[str]:
    """Name what sets words of the letter off on the spot, and what nothing on the letterhead is set with."""
    kept = {kind for one in letterhead for kind in _on_the_spot(one)}
    turned = any(RIGHT_TO_LEFT.search(one.line.words) for one in letter)
    for one in letter:
        for kind in _on_the_spot(one):
            if kind not in kept and not (turned and kind == "p bidi"):
                yield kind.removeprefix("p ")


def _on_the_spot(printed: Printed) -> list[str]:
    """In the order of the document, for what is told of it is the same every time."""
    set_ = [properties_of(one) for one in (printed.paragraph, *(run[0] for run in printed.runs))]
    found = (kind for properties in set_ for kind, one in properties.items() if kind in SET_OFF and is_on(one))
    return list(dict.fromkeys(found))


def properties_of(element: ElementTree.Element | None) -> Properties:
    """What an element sets, by its name; those of newer Word without their namespace, those of paragraphs with a p."""
    if element is None:
        return {}
    before = "p " if element.tag == f"{WORD}pPr" else ""
    return {before + str(one.tag).rpartition("}")[2]: one for one in element}


def _is_set_twice(properties: ElementTree.Element | None) -> bool:
    if properties is None or local(properties) == "tblGrid":
        return False
    said_of = {(one.tag, tuple(sorted(one.attrib.items()))) for one in properties}
    return len({tag for tag, _ in said_of}) < len(said_of)


def _together(*given: Properties) -> Properties:
    """What all of them set: the later ones win, attribute by attribute where that is how Word reads it."""
    found: Properties = {}
    for own in given:
        for kind, one in own.items():
            before = found.get(kind)
            if kind in TOGETHER and before is not None:
                one = ElementTree.Element(one.tag, {**before.attrib, **one.attrib})
            found[kind] = one
    return found


def _hides(own: Properties, properties: ElementTree.Element) -> Iterator[str]:
    """What the properties of a table, a row or a cell hide."""
    yield from (how for kind, how in HIDING.items() if kind != "textDirection" and is_on(own.get(kind)))
    yield from _far(own)
    height, margins = own.get("trHeight"), (*own.get("tcMar", ()), *own.get("tblCellMar", ()))
    if is_on(own.get("hidden")):
        yield "in a hidden row"
    if said(height, "hRule") == "exact" and _measured(said(height), 999) < 100:
        yield "in a row too low to be read"
    if any(_is_narrow(own.get(kind)) for kind in ("tcW", "tblW")) or _is_narrow_grid(properties):
        yield "in a column too narrow to be read"
    if any(abs(_measured(said(one, "w"), 0)) > FURTHEST for one in margins):
        yield "beyond the edge of its cell"
    if "vMerge" in own and said(own["vMerge"]) != "restart":
        yield "in a cell that is covered by another"
    if "textDirection" in own or "tcFitText" in own:
        yield "squeezed or turned around"


def _is_narrow(width: ElementTree.Element | None) -> bool:
    kind, least = said(width, "type"), {"dxa": NARROWEST, "pct": NARROWEST // 2}
    return (
        kind in least
        and said(width, "w")[-1:] != "%"
        and said(width, "w") != "0"
        and (_measured(said(width, "w"), 999) < least[kind])
    )


def _is_narrow_grid(grid: ElementTree.Element) -> bool:
    return local(grid) == "tblGrid" and 0 < max((_measured(said(one, "w"), 999) for one in grid), default=0) < NARROWEST


def _far(own: Properties) -> Iterator[str]:
    for kind, sides in PLACES.items():
        if any(abs(_measured(said(own.get(kind), side), 0)) > FURTHEST * 2 for side in sides.split()):
            yield "beyond the edge of the page"


def _measured(text: str, usual: int) -> int:
    """A measure in the unit that Word writes; one in another is none of a letter, and smaller than any."""
    found = re.fullmatch(r"\+?(-?[0-9]{1,9})(?:\.[0-9]+)?%?", text)
    return int(found[1]) if found else -(10**9) if text else usual


def _theme_fonts(root: ElementTree.Element | None) -> dict[str, list[str]]:
    """The typefaces of a theme: for headings (major) and for text (minor)."""
    scheme = root.find(f".//{DRAWING}fontScheme") if root is not None else None
    return {
        str(one.tag).rpartition("}")[2][:5]: [font.get("typeface", "") for font in one]
        for one in (scheme if scheme is not None else ())
    }


def _fonts_of_symbols(root: ElementTree.Element | None) -> Iterator[str]:
    """The fonts whose table says that they draw symbols, or stand for one that does."""
    for font in root if root is not None else ():
        for one in font:
            if (local(one), said(one)) == ("charset", "02") or (local(one) == "altName" and SYMBOLS.search(said(one))):
                yield said(font, "name")


def _theme(root: ElementTree.Element | None) -> dict[str, str]:
    scheme = root.find(f".//{DRAWING}clrScheme") if root is not None else None
    found = dict(OFFICE_COLOURS)
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
