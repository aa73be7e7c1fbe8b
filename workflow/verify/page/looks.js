// --- looks: whether the words of a letter can be seen: what hides, strikes or disguises them

const DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}";
const HARMLESS = [
  // of characters
  "rStyle", "rFonts", "b", "bCs", "i", "iCs", "u", "lang", "rtl", "cs", "kern", "noProof", "caps", "smallCaps",
  "sz", "szCs", "color", "shd", "highlight", "spacing", "w", "position", "vertAlign", "snapToGrid", "bdr", "em",
  // of paragraphs
  "pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "numPr", "suppressLineNumbers", "pBdr",
  "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
  "autoSpaceDN", "bidi", "adjustRightInd", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc",
  "textAlignment", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "framePr",
];
const HARMLESS_TABLE = [
  "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc",
  "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption",
  "tblDescription", "cnfStyle", "cantSplit", "trHeight", "tblHeader", "gridBefore", "gridAfter", "wBefore", "wAfter",
  "tcW", "gridSpan", "vMerge", "tcBorders", "noWrap", "tcMar", "vAlign", "hideMark", "hidden", "gridCol",
];
const HIDING = new Map(Object.entries({
  vanish: "hidden", webHidden: "hidden", specVanish: "hidden", strike: "struck out",
  dstrike: "struck out", fitText: "squeezed", outline: "drawn in outline", emboss: "embossed",
  imprint: "engraved", eastAsianLayout: "laid out in another direction", textDirection: "turned around",
  textFill: "filled otherwise", textOutline: "drawn in outline",
  rPrChange: "a tracked change", pPrChange: "a tracked change", ins: "a tracked change",
  del: "a tracked change", moveFrom: "a tracked change", moveTo: "a tracked change",
  sectPrChange: "a tracked change", tblPrChange: "a tracked change", trPrChange: "a tracked change",
  tcPrChange: "a tracked change", tblPrExChange: "a tracked change", cellIns: "a tracked change",
  cellDel: "a tracked change", cellMerge: "a tracked change", hMerge: "in a cell that is covered by another",
}));
/** What no text asks for: it comes from the letterhead, or from somebody else. */
const SET_OFF = ["caps", "smallCaps", "u", "em", "bdr", "highlight", "p pBdr", "p pageBreakBefore", "p bidi"];
// Python takes İ and ı for an i where case does not matter, JavaScript does not; and it knows letters beyond ASCII.
const SYMBOLS = new RegExp(
  "wingdings|webdings|symbol|dingbats|marlett|barcode|3 of 9|code ?39|mdl2|icons|awesome|emoji|mt extra|ms outlook"
    .replaceAll("i", "[i\u0130\u0131]") +
    "|(?<![\\p{L}\\p{N}_])(?:blank|flow)(?![\\p{L}\\p{N}_])|redacted",
  "iu",
);
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
// eslint-disable-next-line no-control-regex
const MARKS = /\x01[^\x02]*\x02/g;
/** Of letters, in half points. */
const [SMALLEST, LARGEST] = [10, 400];
/** How far from the margin a line may begin, in twentieths of a point (16 cm), and as much again for 20 quotations. */
const FURTHEST = 9_000;
/** The same in hundredths of a character. */
const FURTHEST_CHARACTERS = 10_000;
/** Of a column or a frame, and the lowest row. */
const NARROWEST = 200;
/** What moves words to another place, by the attributes that say how far. */
const PLACES = new Map(Object.entries({
  "p ind": "left right start end firstLine hanging", "p framePr": "x y hSpace vSpace",
  tblpPr: "tblpX tblpY leftFromText rightFromText topFromText bottomFromText", tblInd: "w",
  wBefore: "w", wAfter: "w", tblCellSpacing: "w",
}));
/** What is put together, attribute by attribute, of all that sets it. */
const TOGETHER = ["rFonts", "p ind", "p spacing"];
/** Between letters and what is behind them, as WCAG measures it; black on white has 21. */
const LEAST_CONTRAST = 1.6;
const HIGHLIGHTS = new Map(Object.entries({
  black: "000000", blue: "0000FF", cyan: "00FFFF", green: "00FF00", magenta: "FF00FF", red: "FF0000",
  yellow: "FFFF00", white: "FFFFFF", darkBlue: "000080", darkCyan: "008080", darkGreen: "008000",
  darkMagenta: "800080", darkRed: "800000", darkYellow: "808000", darkGray: "808080", lightGray: "C0C0C0",
}));
/** What Word takes where a document has no theme, or one without these. */
const OFFICE_COLOURS = Object.entries({
  dk1: "000000", lt1: "FFFFFF", dk2: "44546A", lt2: "E7E6E6", hlink: "0563C1", folHlink: "954F72",
});
const THEME_NAMES = new Map(Object.entries({
  text1: "dk1", dark1: "dk1", background1: "lt1", light1: "lt1", text2: "dk2", dark2: "dk2",
  background2: "lt2", light2: "lt2", hyperlink: "hlink", followedHyperlink: "folHlink",
}));

/** How the paragraphs of one document look, by its styles, its theme and what is set on the spot. */
class Looks {
  constructor(package_read) {
    const theme = package_read.of_kind("theme");
    [this.colours, this.fonts] = [_theme(theme), _theme_fonts(theme)];
    this.symbols = new Set(_fonts_of_symbols(package_read.of_kind("fontTable")));
    this.defaults = new Map();
    this.styles = new Map();
    this.usual = new Map();
    this.kept = new Map();
    for (const one of package_read.of_kind("styles") ?? []) {
      if (local(one) === "style") this._keep_style(one);
      else if (local(one) === "docDefaults") {
        for (const kind of ["rPr", "pPr"]) {
          const found = properties_of(one.find(`${WORD}${kind}Default`, `${WORD}${kind}`));
          for (const [name, at] of found) this.defaults.set(name, at);
        }
      }
    }
  }

  _keep_style(style) {
    const name = said(style, "styleId");
    // Of two styles under one name nobody knows which is meant: both hold.
    if (this.styles.has(name)) style.children = [...style.children, ...this.styles.get(name).children];
    this.styles.set(name, style);
    if (["1", "true", "on"].includes(said(style, "default")) && !this.usual.has(said(style, "type"))) {
      this.usual.set(said(style, "type"), name);
    }
  }

  /** Say what keeps a reader from seeing the words of a paragraph as they are, each thing once. */
  *faults(one) {
    const paragraph = properties_of(one.paragraph);
    const level = one.level ?? new XmlElement("none");
    const shades = [...this._shades(one.within)];
    yield* this._hidden_in(one.within);
    const around = _together(
      this.defaults, this._table(one.within), this._paragraph_style(paragraph), properties_of(level.find(`${WORD}pPr`)),
      paragraph,
    );
    yield* this._placed(around);
    const own_mark = properties_of(around.get("p rPr"));
    if (["vanish", "specVanish", "ins", "del", "moveFrom", "moveTo"].some((kind) => is_on(own_mark.get(kind)))) {
      yield "run together with the next paragraph";
    }
    for (const [properties, words] of [[level.find(`${WORD}rPr`), one.line.label], ...one.runs]) {
      if (!strip(words)) continue;
      const own = properties_of(properties);
      const named = own.has("rStyle") ? this.style_of(said(own.get("rStyle"))) : new Map();
      const seen = _together(around, named, own);
      yield* this._seen(seen, own, words);
      for (const shade of own.has("color") || named.has("color") ? shades : []) {
        yield* this._coloured(new Map([["color", seen.get("color")], ["cell shd", shade]]));
      }
    }
    if ([one.paragraph, ...one.within, ...one.runs.map((run) => run[0])].some(_is_set_twice)) {
      yield "set in two ways at once";
    }
  }

  /** Whether a style reverses words that are written from left to right. */
  is_turned_by_style(one) {
    const around = _together(this.defaults, this._paragraph_style(properties_of(one.paragraph)));
    for (const [properties, words] of one.runs) {
      const own = properties_of(properties);
      const seen = _together(around, this.style_of(said(own.get("rStyle"))));
      if (strip(words) && !own.has("rtl") && is_on(seen.get("rtl")) && !RIGHT_TO_LEFT.test(words)) return true;
    }
    return false;
  }

  /** Whether a paragraph's style puts a number before it that nobody has signed. */
  is_numbered_by_style(one) {
    const own = properties_of(one.paragraph);
    const numbering = this._paragraph_style(own).get("p numPr");
    const number = numbering ? numbering.find(`${WORD}numId`) : null;
    return !own.has("p numPr") && !["", "0"].includes(said(number));
  }

  _paragraph_style(paragraph) {
    return this.style_of(said(paragraph.get("p pStyle")) || (this.usual.get("paragraph") ?? ""));
  }

  /** What a style sets, with those that it is based on. */
  style_of(name) {
    if (!this.kept.has(name)) {
      const parts = this.chain_of(name).flatMap((style) => style.children.filter((one) => ["pPr", "rPr"].includes(local(one))));
      this.kept.set(name, _together(...parts.map(properties_of)));
    }
    return this.kept.get(name);
  }

  /** A style and those that it is based on, the first one first. */
  chain_of(name) {
    const found = new Set();
    while (this.styles.has(name) && !found.has(this.styles.get(name))) {
      const style = this.styles.get(name);
      found.add(style);
      name = said(style.find(`${WORD}basedOn`));
    }
    return [...found].reverse();
  }

  _table(within) {
    let found = new Map();
    for (const one of within) {
      if (local(one) === "tblPr") {
        const name = said(one.find(`${WORD}tblStyle`));
        found = _together(found, this.style_of(name));
        for (const style of this.chain_of(name)) {
          for (const part of style.iter(`${WORD}rPr`)) {
            // What a style sets for some cells counts for all of them.
            for (const [kind, at] of properties_of(part)) {
              if (HIDING.has(kind) || kind === "sz" || kind === "szCs") found.set(kind, at);
            }
          }
          const shades = ["tblPr", "tcPr"].flatMap((part) => style.find_all(`${WORD}${part}`, `${WORD}shd`));
          for (const at of shades) found.set("cell shd", at);
        }
      }
      if (["tblPr", "tblPrEx", "tcPr"].includes(local(one))) {
        for (const at of one.find_all(`${WORD}shd`)) found.set("cell shd", at);
      }
    }
    return found;
  }

  /** What is behind some of a table's cells, as its style sets it. */
  *_shades(within) {
    for (const table of within.filter((one) => local(one) === "tblPr")) {
      for (const style of this.chain_of(said(table.find(`${WORD}tblStyle`)))) {
        for (const part of style.find_all(`${WORD}tblStylePr`)) yield* part.iter(`${WORD}shd`);
      }
    }
  }

  /** What a table, a row or a cell may do to its words. */
  *_hidden_in(within) {
    for (const properties of within) {
      let own = properties_of(properties);
      if (local(properties) === "tblPr") {
        const styles = this.chain_of(said(own.get("tblStyle")));
        own = _together(...styles.map((style) => properties_of(style.find(`${WORD}tblPr`))), own);
        // Letters and what is behind them, as a style sets both for some of its cells.
        for (const part of styles.flatMap((style) => style.find_all(`${WORD}tblStylePr`))) {
          const [shade, looks] = [part.find(`${WORD}tcPr`, `${WORD}shd`), properties_of(part.find(`${WORD}rPr`))];
          if (shade !== null) looks.set("cell shd", shade);
          yield* this._coloured(looks);
        }
      }
      yield* _hides(own, properties);
    }
  }

  *_placed(around) {
    const [spacing, indent, frame] = ["spacing", "ind", "framePr"].map((kind) => around.get(`p ${kind}`));
    const size = _measured(said(around.get("sz")), 22);
    if (said(spacing, "lineRule") === "exact" && _measured(said(spacing, "line"), 240) < 7 * size) {
      yield "in lines too low to be read";
    }
    const characters = PLACES.get("p ind").split(" ").map((side) => `${side}Chars`);
    if (characters.some((side) => Math.abs(_measured(said(indent, side), 0)) > FURTHEST_CHARACTERS)) {
      yield "beyond the edge of the page";
    }
    yield* _far(around);
    const low = said(frame, "hRule") === "exact" && _measured(said(frame, "h"), 999) < NARROWEST;
    if (low || (said(frame, "w") && _measured(said(frame, "w"), 999) < NARROWEST)) {
      yield "in a frame too small to be read";
    }
  }

  *_seen(around, own, words) {
    for (const [kind, how] of HIDING) {
      if ([kind, `p ${kind}`].some((name) => around.has(name) && is_on(around.get(name)))) yield how;
    }
    const size = around.get(RIGHT_TO_LEFT.test(words) ? "szCs" : "sz");
    if (size !== undefined && !(SMALLEST <= _measured(said(size), 0) && _measured(said(size), 0) <= LARGEST)) {
      yield "too small or too large to be read";
    }
    const raised = !["", "baseline"].includes(said(around.get("vertAlign")));
    if ((raised && strip(words.replace(MARKS, ""))) || _measured(said(around.get("position")), 0)) {
      yield "raised or lowered";
    }
    const [spread, scaled] = [_measured(said(around.get("spacing")), 0), _measured(said(around.get("w")), 100)];
    if (!(-20 <= spread && spread <= 200) || !(50 <= scaled && scaled <= 200)) yield "squeezed or spread";
    const fonts = around.get("rFonts");
    if (fonts !== undefined && [...fonts.attrib].some(([name, font]) => this._draws_symbols(name, font))) {
      yield "in a font of symbols";
    }
    if (is_on(own.get("rtl")) && !RIGHT_TO_LEFT.test(words)) yield "turned around";
    yield* this._coloured(around);
  }

  _draws_symbols(name, font) {
    if (name.endsWith("Theme")) return (this.fonts.get(first_of(font, 5)) ?? []).some((face) => SYMBOLS.test(face));
    return this.symbols.has(font) || SYMBOLS.test(font);
  }

  *_coloured(around) {
    const letters = this._colour(around.get("color"), "val", "themeColor");
    let behind = null;
    for (const kind of ["cell shd", "p shd", "shd"]) {
      if (around.has(kind)) behind = this._shade(around.get(kind)) || behind;
    }
    if (around.has("highlight")) behind = (HIGHLIGHTS.get(said(around.get("highlight"))) ?? "") || behind;
    if (letters === null && behind === null) return;
    // Letters without a colour of their own are white on what is dark.
    if (letters === null && _light(behind || "FFFFFF") < 0.18) return;
    if (_contrast(letters || "000000", behind || "FFFFFF") < LEAST_CONTRAST) {
      yield "in the colour of what is behind them";
    }
  }

  /** What is behind letters: a colour, or a pattern of two, which is taken as their mixture. */
  _shade(shade) {
    const [fill, pattern] = [this._colour(shade, "fill", "themeFill"), this._colour(shade, "color", "themeColor")];
    const kind = said(shade);
    const dense = /^pct([0-9]{1,2})$/.exec(kind);
    const shares = new Map([["", 0], ["clear", 0], ["nil", 0], ["solid", 100]]);
    const share = dense ? Number(dense[1]) : (shares.get(kind) ?? 50);
    if (!share) return fill;
    const [one, other] = [colour_parts(fill || "FFFFFF"), colour_parts(pattern || "000000")];
    return colour_of(one.map((part, at) => Math.floor((part * (100 - share) + other[at] * share) / 100)));
  }

  /** A colour as six hex digits: the theme's rules, for it is what Word shows. */
  _colour(one, name, theme) {
    const named = said(one, theme);
    if (named && named !== "none") {
      const found = this.colours.get(THEME_NAMES.get(named) ?? named);
      return found && one ? _tinted(found, one, theme) : null;
    }
    const own = said(one, name);
    return /^[0-9A-Fa-f]{6}$/.test(own) ? own.toUpperCase() : null;
  }
}

/** Say what the settings of a whole document change of what is read in it. */
function* settings_faults(settings) {
  for (const one of settings ?? []) {
    if (local(one) === "footnotePr" && one.children.some((part) => !["footnote", "pos"].includes(local(part)))) {
      yield "footnotes that are numbered otherwise";
    } else if (local(one) === "clrSchemeMapping" && (said(one, "t1") !== "dark1" || said(one, "bg1") !== "light1")) {
      yield "a theme whose colours are exchanged";
    }
  }
}

/** Name the properties of a paragraph that no letter has. */
function* unknown(one) {
  for (const properties of [one.paragraph, ...one.runs.map((run) => run[0])]) {
    for (const kind of properties_of(properties).keys()) {
      const name = kind.startsWith("p ") ? kind.slice(2) : kind;
      if (!HARMLESS.includes(name) && !HIDING.has(kind)) yield name;
    }
  }
  for (const properties of one.within) {
    for (const kind of properties_of(properties).keys()) if (!HARMLESS_TABLE.includes(kind)) yield kind;
  }
}

/** Name what sets words of the letter off on the spot, and what nothing on the letterhead is set with. */
function* set_anew(letter, letterhead) {
  const kept = new Set(letterhead.flatMap((one) => [..._on_the_spot(one)]));
  const turned = letter.some((one) => RIGHT_TO_LEFT.test(one.line.words));
  for (const one of letter) {
    for (const kind of _on_the_spot(one)) {
      if (!kept.has(kind) && !(turned && kind === "p bidi")) yield kind.startsWith("p ") ? kind.slice(2) : kind;
    }
  }
}

function _on_the_spot(one) {
  const found = new Set();
  for (const properties of [one.paragraph, ...one.runs.map((run) => run[0])].map(properties_of)) {
    for (const [kind, at] of properties) if (SET_OFF.includes(kind) && is_on(at)) found.add(kind);
  }
  return found;
}

/** What an element sets, by its name; those of newer Word without their namespace, those of paragraphs with a p. */
function properties_of(element) {
  const found = new Map();
  if (!element) return found;
  const before = element.tag === `${WORD}pPr` ? "p " : "";
  for (const one of element) found.set(before + rpartition(one.tag, "}")[2], one);
  return found;
}

function _is_set_twice(properties) {
  if (!properties || local(properties) === "tblGrid") return false;
  const told = new Map();
  for (const one of properties) {
    if (!told.has(one.tag)) told.set(one.tag, new Set());
    told.get(one.tag).add(JSON.stringify(sorted_items(one.attrib)));
  }
  return [...told.values()].some((ways) => ways.size > 1);
}

/** What all of them set: the later ones win, attribute by attribute where that is how Word reads it. */
function _together(...given) {
  const found = new Map();
  for (const own of given) {
    for (const [kind, at] of own) {
      const before = found.get(kind);
      const both = TOGETHER.includes(kind) && before !== undefined;
      found.set(kind, both ? new XmlElement(at.tag, new Map([...before.attrib, ...at.attrib])) : at);
    }
  }
  return found;
}

/** What the properties of a table, a row or a cell hide. */
function* _hides(own, properties) {
  for (const [kind, how] of HIDING) if (kind !== "textDirection" && is_on(own.get(kind))) yield how;
  yield* _far(own);
  const height = own.get("trHeight");
  const margins = [...(own.get("tcMar") ?? []), ...(own.get("tblCellMar") ?? [])];
  if (is_on(own.get("hidden"))) yield "in a hidden row";
  if (said(height, "hRule") === "exact" && _measured(said(height), 999) < 100) yield "in a row too low to be read";
  if (["tcW", "tblW"].some((kind) => _is_narrow(own.get(kind))) || _is_narrow_grid(properties)) {
    yield "in a column too narrow to be read";
  }
  if (margins.some((one) => Math.abs(_measured(said(one, "w"), 0)) > FURTHEST)) yield "beyond the edge of its cell";
  if (own.has("vMerge") && said(own.get("vMerge")) !== "restart") yield "in a cell that is covered by another";
  if (own.has("textDirection") || own.has("tcFitText")) yield "squeezed or turned around";
}

function _is_narrow(width) {
  const [kind, least] = [said(width, "type"), new Map([["dxa", NARROWEST], ["pct", NARROWEST / 2]])];
  const wide = said(width, "w");
  return least.has(kind) && !wide.endsWith("%") && wide !== "0" && _measured(wide, 999) < least.get(kind);
}

function _is_narrow_grid(grid) {
  if (local(grid) !== "tblGrid") return false;
  const widest = greatest(grid.children.map((one) => _measured(said(one, "w"), 999)), undefined) ?? 0;
  return 0 < widest && widest < NARROWEST;
}

function* _far(own) {
  for (const [kind, sides] of PLACES) {
    if (sides.split(" ").some((side) => Math.abs(_measured(said(own.get(kind), side), 0)) > FURTHEST * 2)) {
      yield "beyond the edge of the page";
    }
  }
}

/** A measure in the unit that Word writes; one in another is none of a letter, and smaller than any. */
function _measured(text, usual) {
  const found = /^\+?(-?[0-9]{1,9})(?:\.[0-9]+)?%?$/.exec(text);
  return found ? Number(found[1]) : text ? -(10 ** 9) : usual;
}

/** The typefaces of a theme: for headings (major) and for text (minor). */
function _theme_fonts(root) {
  const found = new Map();
  for (const one of root?.find_below(`${DRAWING}fontScheme`) ?? []) {
    found.set(first_of(rpartition(one.tag, "}")[2], 5), one.children.map((font) => font.get("typeface")));
  }
  return found;
}

/** The fonts whose table says that they draw symbols, or stand for one that does. */
function* _fonts_of_symbols(root) {
  for (const font of root ?? []) {
    for (const one of font) {
      const draws = local(one) === "charset" && said(one) === "02";
      if (draws || (local(one) === "altName" && SYMBOLS.test(said(one)))) yield said(font, "name");
    }
  }
}

function _theme(root) {
  const found = new Map(OFFICE_COLOURS);
  for (const one of root?.find_below(`${DRAWING}clrScheme`) ?? []) {
    for (const colour of one) {
      const value = colour.get("lastClr") || colour.get("val");
      if (/^[0-9A-Fa-f]{6}$/.test(value)) found.set(rpartition(one.tag, "}")[2], value.toUpperCase());
    }
  }
  return found;
}

/** A colour of the theme, made lighter (tint) or darker (shade). */
function _tinted(colour, one, theme) {
  const kind = theme === "themeColor" ? "theme" : "themeFill";
  const [tint, shade] = [said(one, `${kind}Tint`), said(one, `${kind}Shade`)];
  let parts = colour_parts(colour);
  const is_share = (text) => /^[0-9A-Fa-f]{2}$/.test(text);
  if (is_share(tint)) parts = parts.map((part) => 255 - Math.floor(((255 - part) * parseInt(tint, 16)) / 255));
  if (is_share(shade)) parts = parts.map((part) => Math.floor((part * parseInt(shade, 16)) / 255));
  return colour_of(parts);
}

function colour_parts(colour) {
  return [0, 2, 4].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function colour_of(parts) {
  return parts.map((part) => part.toString(16).toUpperCase().padStart(2, "0")).join("");
}

/** How light a colour is, 0 to 1 (WCAG 2.2, relative luminance). */
function _light(colour) {
  const linear = colour_parts(colour)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function _contrast(one, other) {
  const [dark, light] = [_light(one), _light(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
