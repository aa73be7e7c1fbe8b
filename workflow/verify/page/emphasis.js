// --- emphasis: which words a reader sees bold or in italics, held against what was signed (ECMA-376 part 1, 17.7.3)

/** Bold and italics; of each, the second is for letters of scripts that are not set as Latin is (complex ones). */
const SWITCHES = ["b", "bCs", "i", "iCs"];
const COMPLEX = new RegExp(
  "[\u0590-\u109f\u1780-\u17ff\u1900-\u1aff\ua8e0-\ua8ff\uaa00-\uaadf\ufb1d-\ufdff\ufe70-\ufefc" +
    "\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]",
  "gu",
);
/** What the styles are called of which one may be taken. */
const ANY_OF = new Map([
  ["list", ["list bullet", "list bullet spaced", "list number", "list number spaced", "list continue"]],
  ["name", ["signature", "signature listed", "signature compact"]],
]);
/** The style of a table around a paragraph that the letter brings along, by the paragraph's own. */
const IN_TABLE = new Map([["table heading", "letter table"], ["table text", "letter table"], ["name", "signatures"]]);

/** Words that look alike: each switch, and whether all of them are set as letters of complex scripts are. */
class Span {
  constructor(words, shown, turned = false) {
    Object.assign(this, { words, shown, turned });
  }
}

/** The styles of a document or a letterhead, asked for what they switch on. */
class Sheet {
  constructor(looks) {
    this.looks = looks;
    this.ids = new Map();
    for (const [name, one] of looks.styles) {
      this.ids.set(`${_kind_of_style(one)} ${casefold(said(one.find(`${WORD}name`)))}`, name);
    }
    this.kept = new Map();
    this.in_tables = new Map();
  }

  /** A style of a kind; where it is none, the usual one. */
  known(name, kind) {
    const style = this.looks.styles.get(name);
    return style !== undefined && _kind_of_style(style) === kind ? name : (this.looks.usual.get(kind) ?? "");
  }

  /** The style of a kind that is called so; where there is none, the usual one. */
  named(kind, called) {
    return this.known(this.ids.get(`${kind} ${called}`) ?? "", kind);
  }

  /** The style of a paragraph. */
  style_of(one) {
    return this.known(one.paragraph ? said(one.paragraph.find(`${WORD}pStyle`)) : "", "paragraph");
  }

  /** The style of the innermost table around a paragraph; empty where there is no table. */
  table_of(one) {
    const tables = one.within.filter((around) => local(around) === "tblPr");
    return tables.length ? this.known(said(tables[tables.length - 1].find(`${WORD}tblStyle`)), "table") : "";
  }

  /** What a reader sees of words in these styles, with what is set on the spot. */
  shown(table, paragraph, character, here) {
    const key = JSON.stringify([table, paragraph, character, here]);
    if (!this.kept.has(key)) {
      const styled = this._styled(table, paragraph, character);
      this.kept.set(key, styled.map((on, place) => here[place] ?? on));
    }
    return this.kept.get(key);
  }

  /** Each kind of style that switches something on turns it; where all text has it, it stays on. */
  _styled(table, paragraph, character) {
    const in_table = this._in_table(table);
    return SWITCHES.map((kind, place) => {
      const levels = [in_table[place]];
      for (const name of [paragraph, character]) levels.push(is_on(this.looks.style_of(name).get(kind)));
      return is_on(this.looks.defaults.get(kind)) || levels.filter(Boolean).length % 2 === 1;
    });
  }

  /** What a table's style switches on; what it does in some cells counts for all of them. */
  _in_table(table) {
    if (!this.in_tables.has(table)) {
      const parts = this.looks.chain_of(table).flatMap((style) => [...style.iter(`${WORD}rPr`)]);
      this.in_tables.set(table, SWITCHES.map((kind) => parts.some((part) => is_on(part.find(`${WORD}${kind}`)))));
    }
    return this.in_tables.get(table);
  }

  /** Runs of a paragraph as a reader sees them. */
  spans(one, runs) {
    const [table, style] = [this.table_of(one), this.style_of(one)];
    const plainly = new XmlElement("plain");
    return runs.map(([run, words]) => this._span(table, style, run ?? plainly, words));
  }

  _span(table, paragraph, run, words) {
    const set_here = (kind) => {
      const own = run.find(`${WORD}${kind}`);
      return own === null ? null : is_on(own);
    };
    const character = this.known(said(run.find(`${WORD}rStyle`)), "character");
    const shown = this.shown(table, paragraph, character, SWITCHES.map(set_here));
    const named = this.looks.style_of(character);
    return new Span(_bare(words), shown, ["rtl", "cs"].some((kind) => set_here(kind) ?? is_on(named.get(kind))));
  }
}

/** Holds the paragraphs of a document against what they must look like, on its letterhead where that is known. */
class Emphasis {
  constructor(looks, letterhead) {
    this.there = new Sheet(looks);
    this.due = letterhead !== null ? new Sheet(letterhead) : this.there;
    this.is_known = letterhead !== null;
  }

  /** Say which words of a paragraph are emphasised otherwise than they must be. */
  *faults(taken) {
    const item = taken.item;
    const found = this.there.spans(taken.found, taken.found.runs);
    if (item.own && item.what === "amid" && this.is_known && item.place !== null) {
      const due = this.due.spans(item.place, item.place.runs);
      if (due.length !== found.length) yield "is not set as its letterhead has it";
      for (let at = 0; at < Math.min(found.length, due.length); at++) yield* _apart_in(found[at].words, found[at], due[at]);
    } else if (!item.own) {
      const due = this._due(taken);
      if (due.length) yield* _apart(found, due);
      yield* this._number(taken.found);
    }
  }

  /** How the words must look; nothing where that is not known. */
  _due({ item: { line, place }, found }) {
    if (!line.style) {
      // What stands in a place of its own looks as the mark of that place does.
      return this.is_known && place !== null ? this.due.spans(place, place.runs.slice(0, 1)) : [];
    }
    let [style, table] = [this.there.style_of(found), this.there.table_of(found)];
    if (this.is_known) [style, table] = [this._style(line.style, style, place), this._table(line.style, found, place)];
    const pieces = line.pieces.length ? line.pieces : _named_pieces(found.line);
    return pieces.map((piece) => this._piece(piece, style, table));
  }

  _piece(piece, style, table) {
    const here = [piece.bold || null, piece.bold || null, piece.italic || null, piece.italic || null];
    return new Span(_bare(piece.words), this.due.shown(table, style, this.due.named("character", piece.style), here));
  }

  /** The style that a paragraph must have; its own where that will do, or none is known. */
  _style(asked, own, place) {
    if (asked === "body" && place !== null) return this.due.style_of(place);
    const known = (ANY_OF.get(asked) ?? [asked]).map((name) => this.due.ids.get(`paragraph ${name}`));
    const wanted = known.filter((name) => name !== undefined);
    return wanted.includes(own) || !wanted.length ? own : wanted[0];
  }

  /** The table that a paragraph must stand in: the letter's, or else the letterhead's around its place. */
  _table(asked, found, place) {
    const around = place !== null ? place.within : [];
    const own = found.within.length > around.length ? IN_TABLE.get(asked) : undefined;
    if (own !== undefined) return this.due.named("table", own);
    return place !== null ? this.due.table_of(place) : "";
  }

  /** Say whether a paragraph's number is emphasised apart from its words: no letter has that. */
  *_number(found) {
    const run = new XmlElement("number");
    for (const one of [found.level, found.paragraph]) {
      run.children.push(...properties_of(one ? one.find(`${WORD}rPr`) : null).values());
    }
    if (found.line.label && run.children.length) {
      yield* _apart_in(found.line.label, ...this.there.spans(found, [[run, ""], [null, ""]]));
    }
  }
}

function _kind_of_style(style) {
  return said(style, "type") || "paragraph";
}

/** Words without what is no letter, and without the sign that nobody sees. */
function _bare(words) {
  return words.replace(MARKS, "").replaceAll(LEFT_TO_RIGHT, "");
}

/** A name that is not known, line by line; in one line nobody knows where it ends. */
function _named_pieces(found) {
  const [first, end, rest] = partition(lstrip(_bare(found.words)), "\n");
  return end ? [new Piece(first, "signature name"), new Piece(end + rest)] : [];
}

/** Hold words against the same words, however they are cut; the last of those that are due goes on to the end. */
function* _apart(found, wanted) {
  const due = _begun(wanted);
  if (!due.length) return;
  let [number, left] = [0, due[0].words.length];
  for (const one of _begun(found)) {
    let [at, length] = [0, one.words.length];
    while (at < length) {
      const end = number + 1 === due.length ? length : Math.min(at + left, length);
      yield* _apart_in(one.words.slice(at, end), one, due[number]);
      [at, left] = [end, left - (end - at)];
      if (!left && number + 1 < due.length) {
        number++;
        left = due[number].words.length;
      }
    }
  }
}

/** Spans from the first letter on: above it may stand a picture. */
function _begun(spans) {
  const found = [];
  for (const one of spans) {
    const words = found.length ? one.words : lstrip(one.words);
    if (words) found.push(new Span(words, one.shown, one.turned));
  }
  return found;
}

function* _apart_in(words, one, due) {
  const letters = split_words(words).join("");
  if (!letters || equal(one.shown, due.shown)) return;
  const latin = Boolean(letters.replace(COMPLEX, ""));
  const complex = letters.search(COMPLEX) >= 0;
  // In words that are said to be of a complex script, programs do not agree on what sets the others.
  const counts = [latin || !one.turned, complex || one.turned];
  for (const [name, at] of [["bold", 0], ["italics", 2]]) {
    const differs = [0, 1].filter((of) => counts[of] && one.shown[at + of] !== due.shown[at + of]);
    if (!differs.length) continue;
    const is_shown = differs.some((of) => one.shown[at + of]);
    yield `has ${repr(plain(words))} ${is_shown ? `in ${name}, which must not be` : `not in ${name}, which must be`}`;
  }
}
