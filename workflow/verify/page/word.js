// --- word: what a Word document says, paragraph by paragraph, as a reader sees it (ECMA-376 part 1)

const XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space";
const DEEPEST_ELEMENT = 120;
const MOST_DRAWN = 5_000_000;
const SILENT = [
  "bookmarkStart", "bookmarkEnd", "proofErr", "lastRenderedPageBreak", "pPr", "rPr", "tblPr", "tblGrid", "trPr",
  "tcPr", "tblPrEx", "permStart", "permEnd", "",
];
const AS_TEXT = new Map([["tab", "\t"], ["cr", "\n"], ["noBreakHyphen", "\u2011"], ["softHyphen", "\u00ad"]]);
/** All that a plain picture in a line is made of. */
const PICTURE = [
  "inline", "extent", "docPr", "graphic", "graphicData", "pic", "nvPicPr", "cNvPr", "cNvPicPr", "blipFill", "blip",
  "stretch", "fillRect", "spPr", "xfrm", "off", "ext", "prstGeom", "avLst",
];

/** A paragraph as it stands in a document, with what decides how it looks. */
class Printed {
  constructor(line, paragraph = null, runs = [], within = [], level = null) {
    this.line = line;
    this.paragraph = paragraph;
    /** The properties of each run, and its words. */
    this.runs = runs;
    /** The properties of the tables, rows and cells that it stands in. */
    this.within = within;
    /** What its list sets for it and for its number. */
    this.level = level;
  }
}

/** What a document says: on the page, in its footnotes, in its headers and footers by part. */
class Pages {
  constructor(lines, footnotes, margins, package_read) {
    Object.assign(this, { lines, footnotes, margins, package_read });
  }
}

/** Read a Word document. Throws VerificationError. */
function read_pages(content) {
  const package_read = opened(content);
  const numbers = new Numbers(package_read.of_kind("numbering"));
  const styles = package_read.of_kind("styles");
  for (const one of styles ?? []) {
    if (casefold(said(one.find(`${WORD}name`))) === "footnote reference") package_read.raised.add(said(one, "styleId"));
  }
  const root = parsed(package_read.parts.get(DOCUMENT));
  const body = root.find(`${WORD}body`);
  if (body === null) throw new VerificationError("is not a Word document that can be read: it has no text");
  const page = new _Part(package_read, DOCUMENT, numbers);
  const before = page.lines(root.children.filter((one) => one !== body), []);
  const lines = [...before, ...page.lines(body.children, [])];
  const footnotes = _footnotes(package_read, page.notes, numbers);
  const margins = new Map();
  for (const [name, one] of sorted_items(package_read.relations(DOCUMENT))) {
    if (["header", "footer"].includes(one.kind) && page.shown.has(name) && package_read.parts.has(one.target)) {
      const part = new _Part(package_read, one.target, numbers);
      margins.set(one.target, part.lines(parsed(package_read.parts.get(one.target)).children, []));
    }
  }
  return new Pages(lines, footnotes, margins, package_read);
}

function _footnotes(package_read, referred_to, numbers) {
  const root = package_read.of_kind("footnotes");
  if (root === null) return [];
  const part = [...package_read.relations(DOCUMENT).values()].find((one) => one.kind === "footnotes").target;
  const found = new Map();
  for (const note of root) {
    const lines = new _Part(package_read, part, numbers).lines(note.children, []);
    const name = said(note, "id");
    if (said(note, "type") || found.has(name)) {
      if (lines.some((one) => strip(one.line.words)) || found.has(name)) {
        package_read.wrong.push("prints words at the line between text and footnotes, or two footnotes as one");
      }
      continue;
    }
    found.set(name, lines);
  }
  if ([...found.keys()].some((name) => !referred_to.includes(name))) {
    package_read.odd.push("a footnote that nothing refers to");
  }
  return referred_to.map((name) => found.get(name) ?? []);
}

/** The numbers of lists: every list of a letter is one of its own, and begins where it says. */
class Numbers {
  constructor(root) {
    this.schemes = new Map();
    this.lists = new Map();
    this.counts = new Map();
    for (const one of root ?? []) {
      const kind = { abstractNum: this.schemes, num: this.lists }[local(one)];
      if (!(kind instanceof Map)) continue;
      const name = said(one, local(one) === "abstractNum" ? "abstractNumId" : "numId");
      // Of two under one name nobody knows which is meant.
      kind.set(name, kind.has(name) ? new XmlElement("twice") : one);
    }
  }

  /** The number or bullet that a paragraph with these `w:numPr` begins with, and the level that sets it. */
  label(properties) {
    const name = said(properties.find(`${WORD}numId`));
    const level = said(properties.find(`${WORD}ilvl`)) || "0";
    if (name === "0") return ["", null];
    const one = this.lists.get(name) ?? null;
    const scheme = one !== null ? (this.schemes.get(said(one.find(`${WORD}abstractNumId`))) ?? null) : null;
    const shape = scheme !== null ? _level(scheme, level) : null;
    if (one === null || shape === null || one.find(`${WORD}lvlOverride`, `${WORD}lvl`) !== null) {
      return [mark("a number that cannot be told"), shape];
    }
    return [this._said(name, level, one, shape), shape];
  }

  _said(name, level, one, shape) {
    const [style, text] = [said(shape.find(`${WORD}numFmt`)), said(shape.find(`${WORD}lvlText`))];
    if (["bullet", "none"].includes(style)) return text;
    const letters = Array.from(text);
    const last = letters.pop() ?? "";
    if (letters.join("") !== `%${Number(level) + 1}` || !["decimal", "lowerLetter", "lowerRoman"].includes(style)) {
      return mark(`a number written ${text}`);
    }
    return `${numbered(style, this._next(name, level, one))}${last}`;
  }

  _next(name, level, one) {
    let [before, number] = this.counts.get(name) ?? [level, _start(one, level)];
    if (before !== level) number = 0; // One list on two levels: no letter has that, what Word counts is not told here.
    this.counts.set(name, [level, number + 1]);
    return number;
  }
}

function _level(scheme, level) {
  const found = scheme.children.filter((one) => local(one) === "lvl" && said(one, "ilvl") === level);
  const known = ["start", "numFmt", "lvlText", "lvlJc", "pPr", "rPr", "suff", "pStyle", "tmpl", "legacy"];
  const plain_one = found.length === 1 && /^[0-9]$/.test(level) && found[0].children.every((one) => known.includes(local(one)));
  const elsewhere = scheme.children.some((one) => ["styleLink", "numStyleLink"].includes(local(one)));
  return plain_one && !elsewhere ? found[0] : null;
}

/** Where a list begins; one that does not say goes on from another, so it is told as 0. */
function _start(one, level) {
  for (const override of one.find_all(`${WORD}lvlOverride`)) {
    const begins = said(override.find(`${WORD}startOverride`));
    if (said(override, "ilvl") === level && /^[0-9]{1,9}$/.test(begins)) return Number(begins);
  }
  return 0;
}

/** Reads one part; whatever it does not know stands in the words under its name. */
class _Part {
  constructor(package_read, part, numbers) {
    Object.assign(this, { package_read, part, numbers });
    this.found = [];
    this.cells = "";
    this.depth = this.work = 0;
    this.notes = [];
    this.shown = new Set();
  }

  /** The paragraphs that say something, in order. */
  lines(elements, within) {
    this.found = [];
    this._blocks(elements, within);
    return this.found;
  }

  _blocks(elements, within) {
    this.depth++;
    if (this.depth > DEEPEST_ELEMENT) throw new VerificationError("is nested deeper than any letter");
    for (const one of elements) {
      const kind = local(one);
      if (kind === "p") this._paragraph(one, within);
      else if (["tbl", "tr", "tc"].includes(kind)) this._table(kind, one, within);
      else if (kind === "sectPr") this._keep(new Printed(new Line(mark(`section ${this._section(one)}`))));
      else if (!SILENT.includes(kind)) {
        this._keep(new Printed(new Line(this._odd(one))));
        this._blocks(_outermost(one), within);
      }
    }
    this.depth--;
  }

  _table(kind, element, within) {
    this.cells = { tbl: "", tr: `${this.cells}/`, tc: `${this.cells}|` }[kind];
    const own = element.children.filter((one) =>
      ["tblPr", "tblGrid", "trPr", "tcPr", "tblPrEx"].includes(local(one)),
    );
    this._blocks(element.children, [...within, ...own]);
    if (kind === "tbl") this.cells = "";
  }

  _keep(one) {
    const line = one.line;
    if (strip(line.words) || line.label) {
      one.line = line.in_cells(this.cells);
      this.found.push(one);
      this.cells = "";
    }
  }

  /** What a section says of its pages, as a digest; the headers and footers it shows are kept. */
  _section(element) {
    for (const one of element) {
      if (["headerReference", "footerReference"].includes(local(one))) this.shown.add(one.get(`${OFFICE}id`));
    }
    return this._digest(element);
  }

  /** What an element holds, to the last attribute; parts by what they are and not by their names. */
  _digest(element) {
    let told = "";
    for (const one of element.iter()) {
      this.work++;
      for (const [name, given] of sorted_items(one.attrib)) {
        let value = given;
        const relation = name.startsWith(OFFICE) ? this.package_read.relations(this.part).get(value) : undefined;
        if (relation !== undefined) value = this.package_read.picture(this.part, value) || relation.target;
        told += `${name}=${value}\n`;
      }
      told += `<${one.tag}>${strip(one.text)}\n`;
    }
    if (this.work > MOST_DRAWN) throw new VerificationError("holds more that is no text than any letter");
    return sha256_hex(utf8_of(told)).slice(0, 12);
  }

  _odd(element) {
    return mark(`${rpartition(local(element), "}")[2]} ${this._digest(element)}`);
  }

  _paragraph(element, within) {
    if (!element.children.length) return;
    const properties = element.find(`${WORD}pPr`);
    const numbering = properties?.find(`${WORD}numPr`) ?? null;
    const [label, level] = numbering !== null ? this.numbers.label(numbering) : ["", null];
    const one = new Printed(new Line(""), properties, [], within, level);
    this._check_order(element, "pPr");
    const [inner, targets] = [[], []];
    let words = this._inline(element, one, inner, targets, false);
    const section = properties?.find(`${WORD}sectPr`) ?? null;
    if (section !== null) words += mark(`section ${this._section(section)}`);
    one.line = new Line(words, label, "", targets);
    this._keep(one);
    this._blocks(inner, within);
  }

  _inline(element, paragraph, inner, targets, linked) {
    let told = "";
    for (const one of element) {
      const kind = local(one);
      if (kind === "r") {
        this._check_order(one, "rPr");
        const looks = one.find(`${WORD}rPr`);
        let words = this._run(one, inner);
        if (/^[0-9]{1,9}$/.test(words) && looks !== null) {
          const named = said(looks.find(`${WORD}rStyle`));
          if (this.package_read.raised.has(named)) words = mark(`raised ${words}`);
        }
        paragraph.runs.push([looks, words]);
        told += words;
      } else if (kind === "hyperlink" && !linked) {
        targets.push(this._target(one));
        told += LINK + this._inline(one, paragraph, inner, targets, true) + LINK_END;
      } else if (!SILENT.includes(kind)) {
        told += this._odd(one);
        for (const found of _outermost(one)) inner.push(found);
        for (const text of one.iter(`${WORD}t`)) {
          paragraph.runs.push([null, text.text]);
          told += text.text;
        }
      }
    }
    return told;
  }

  /** Properties come first and once: of others each program makes what it likes. */
  _check_order(element, properties) {
    const places = [];
    element.children.forEach((one, number) => {
      if (local(one) === properties) places.push(number);
    });
    if (places.length > 1 || (places.length && places[0] !== 0)) {
      this.package_read.wrong.push("words whose looks are set twice, or behind them");
    }
  }

  _target(link) {
    const relation = this.package_read.relations(this.part).get(link.get(`${OFFICE}id`));
    let target = relation !== undefined && relation.external ? relation.target : "";
    if (said(link, "anchor") || said(link, "docLocation")) {
      target += `#${said(link, "anchor")}${said(link, "docLocation")}`;
    }
    return [target, split_words(said(link, "tooltip")).join(" ")];
  }

  _run(run, inner) {
    let told = "";
    for (const one of run) {
      const kind = local(one);
      if (kind === "t") {
        // Without the attribute Word leaves out blanks at the ends.
        told += one.get(XML_SPACE) === "preserve" ? one.text : strip(one.text);
        if (one.children.length) told += this._odd(one);
      } else if (kind === "br" && ["", "textWrapping"].includes(said(one, "type"))) told += "\n";
      else if (AS_TEXT.has(kind)) told += AS_TEXT.get(kind);
      else if (kind === "footnoteReference" && one.attrib.size === 1) told += this._note(said(one, "id"));
      else if (kind === "footnoteRef") told += OWN_NUMBER;
      else if (["separator", "continuationSeparator"].includes(kind) || SILENT.includes(kind)) continue;
      else if (["fldChar", "instrText"].includes(kind)) {
        told += mark(`field ${said(one, "fldCharType")}${split_words(one.text).join(" ")}`);
      } else if (kind === "drawing") told += this._drawing(one, inner);
      else {
        told += this._odd(one);
        for (const found of _outermost(one)) inner.push(found);
      }
    }
    return told;
  }

  _note(name) {
    if (this.notes.includes(name) || this.part !== DOCUMENT) return mark("a footnote's number for the second time");
    this.notes.push(name);
    return mark(`note ${this.notes.length}`);
  }

  /** A plain picture by its SHA-256; what else is drawn by its digest, with the words that stand in it. */
  _drawing(drawing, inner) {
    const shown_pictures = [];
    let simple = drawing.children.length === 1;
    for (const one of drawing.iter()) {
      const kind = rpartition(one.tag, "}")[2];
      if (kind !== "drawing" && !PICTURE.includes(kind)) simple = false;
      if (one.attrib.has(`${OFFICE}embed`)) shown_pictures.push(one.get(`${OFFICE}embed`));
    }
    if (simple && shown_pictures.length === 1) {
      return mark(`picture ${this.package_read.picture(this.part, shown_pictures[0])}`);
    }
    for (const found of _outermost(drawing)) inner.push(found);
    return this._odd(drawing);
  }
}

/** The paragraphs within an element that stand in no other. */
function _outermost(element) {
  const [found, left] = [[], [...element.children].reverse()];
  while (left.length) {
    const one = left.pop();
    if (one.tag === `${WORD}p`) found.push(one);
    else for (let at = one.children.length - 1; at >= 0; at--) left.push(one.children[at]);
  }
  return found;
}
