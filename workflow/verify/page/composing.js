// --- composing: what a document of a text must say, paragraph by paragraph: numbers of lists, cells, links, footnotes

/** Around what is no letter of a paragraph, such as the mark of a footnote; no XML can hold them. */
const [OPEN, CLOSE] = ["\x01", "\x02"];
const [LINK, LINK_END] = [`${OPEN}link${CLOSE}`, `${OPEN}link ends${CLOSE}`];
const OWN_NUMBER = `${OPEN}its number${CLOSE}`;
const REFUSED_BY_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const BULLETS = ["•", "–", "▪"];
const FORMATS = ["decimal", "lowerLetter", "lowerRoman"];
const LARGEST_START = 32767;

/** Words of a paragraph that look alike: the name of their style, and whether they are bold and in italics. */
class Piece {
  constructor(words, style = "", bold = false, italic = false) {
    Object.assign(this, { words, style, bold, italic });
  }
}

/** A paragraph: its words, its number or bullet in a list, the cells that begin before it, where its links lead. */
class Line {
  constructor(words, label = "", cells = "", targets = [], style = "", pieces = []) {
    Object.assign(this, { words, label, cells, targets });
    /** The name of the style that a text asks for: Word's, or `body`, `list`, `name`; empty for any. */
    this.style = style;
    /** The same words as they must look; of what a document says, its own runs tell that. */
    this.pieces = pieces;
  }

  /** The same line but for its cells. */
  in_cells(cells) {
    return new Line(this.words, this.label, cells, this.targets);
  }

  /** Whether another line has the same words, label and targets. */
  says_like(other) {
    return this.words === other.words && this.label === other.label && equal(this.targets, other.targets);
  }
}

/** A body as it is printed: its paragraphs, its footnotes, and the notes that stand below the names. */
class Composed {
  constructor() {
    this.lines = [];
    this.footnotes = [];
    this.notes = [];
  }
}

class _List {
  constructor(kind, like, number) {
    Object.assign(this, { kind, like, number });
  }

  /** The next number of the list, or its bullet. */
  label() {
    if (this.kind === "bullet") return BULLETS[this.like % 3];
    this.number++;
    return numbered(FORMATS[this.like % 3], this.number - 1) + this.kind;
  }
}

/** Set a body as the product does. Throws VerificationError where it cannot be read in reasonable time. */
function compose(body) {
  const blocks = read(body.replace(REFUSED_BY_XML, ""));
  const composer = new _Composer(_referred(blocks));
  for (const block of blocks) composer.take(block);
  const made = composer.made;
  made.footnotes = sorted_items(composer.real).map(([, lines]) => lines);
  return made;
}

/** What stands in a paragraph's words for something that is no letter. */
function mark(name) {
  return `${OPEN}${name}${CLOSE}`;
}

/** Words as they can stand in a document, with one kind of line break. */
function printed(words) {
  return words.replace(REFUSED_BY_XML, "").replace(/\r\n?/g, "\n");
}

/** A number as lists count: 3, c or iii. */
function numbered(style, number) {
  if (style === "lowerLetter") {
    if (number <= 0) return String(number);
    return String.fromCharCode(97 + ((number - 1) % 26)).repeat(1 + Math.floor((number - 1) / 26));
  }
  if (style === "lowerRoman") {
    let [found, left] = ["", number];
    const values = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1];
    const letters = ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"];
    values.forEach((value, place) => {
      found += letters[place].repeat(Math.max(0, Math.floor(left / value)));
      left = ((left % value) + value) % value;
    });
    return found;
  }
  return String(number);
}

/** The notes that the text itself refers to, numbered from 1; Word has no footnote within a footnote. */
function _referred(blocks) {
  const found = new Map();
  for (const block of blocks) {
    if (block.kind === "note") break;
    for (const piece of block.words) {
      if (piece.kind === "note" && !found.has(piece.number)) found.set(piece.number, found.size + 1);
    }
  }
  return found;
}

/** Takes the blocks one by one; keeps in which lists and notes it stands. */
class _Composer {
  constructor(numbers) {
    this.made = new Composed();
    this.numbers = numbers;
    this.real = new Map();
    this.referred = new Set();
    this.lists = [];
    this.due = this.in_notes = false;
    this.note = 0;
    this.below = new _List(".", 0, 0);
    this.cells = "";
    this.quoted = this.rows = 0;
  }

  /** Set one block. */
  take(block) {
    const kind = block.kind;
    if (kind === "text") this._add(...this._said(block.words), block.mark || "body");
    else if (kind === "code") {
      const code = printed(rstrip(block.code, "\n"));
      this._add(code, [], [new Piece(code)], "html preformatted");
    } else if (kind === "rule") this._add("");
    else if (kind === "list") {
      this._print_due_label();
      const like = this.lists.filter((outer) => (outer.kind === "bullet") === (block.mark === "bullet")).length;
      this.lists.push(new _List(block.mark, like, Math.min(block.start, LARGEST_START)));
    } else if (kind === "list_end") this.lists.pop();
    else if (kind === "item") this.due = true;
    else if (kind === "item_end") this._print_due_label();
    else if (kind === "note") this._begin_note(block.start);
    else if (kind === "quote" || kind === "quote_end") this.quoted += kind === "quote" ? 1 : -1;
    else this._table(block);
  }

  _table(block) {
    if (block.kind === "table") {
      this._print_due_label();
      [this.cells, this.rows] = ["", 0];
    } else if (block.kind === "row") {
      this.cells += "/";
      this.rows++;
    } else if (block.kind === "cell") {
      const [words, targets, pieces] = this._said(block.words);
      this.cells += "|";
      const style = this.rows === 1 ? "table heading" : "table text";
      if (strip(words)) {
        this.made.lines.push(new Line(words, "", this.cells, targets, style, pieces));
        this.cells = "";
      }
    }
  }

  _begin_note(number) {
    const begun = this.in_notes && !this.note;
    this.note = this.numbers.get(number) ?? 0;
    this.due = this.in_notes = true;
    if (this.note) this.real.set(this.note, []);
    else if (!begun) this.below = new _List(".", 0, number + 1);
  }

  _print_due_label() {
    if (this.due) this._add("");
  }

  _add(words, targets = [], pieces = [], asked = "") {
    const last = this.lists[this.lists.length - 1];
    const style = asked === "body" ? this._usual_style() : asked;
    if (this.note) {
      const note = this.real.get(this.note);
      const label = this.due && last && note.length ? last.label() : "";
      const first = note.length ? [words, pieces] : [`${OWN_NUMBER} ${words}`, [new Piece(" "), ...pieces]];
      _Composer._keep(note, new Line(first[0], label, "", targets, style, first[1]));
    } else if (this.in_notes) {
      const inner = last ?? this.below;
      _Composer._keep(this.made.notes, new Line(words, this.due ? inner.label() : "", "", targets, style, pieces));
    } else {
      const label = this.due && last ? last.label() : "";
      _Composer._keep(this.made.lines, new Line(words, label, "", targets, style, pieces));
    }
    this.due = false;
  }

  /** The style of what is no heading and no code, by where it stands. */
  _usual_style() {
    if (this.in_notes) return "footnote text";
    return this.lists.length ? "list" : this.quoted ? "quote" : "body";
  }

  static _keep(lines, line) {
    if (strip(line.words) || line.label) lines.push(line);
  }

  /** The words of a paragraph, where its links lead, and how the words must look. */
  _said(pieces) {
    const [said, targets, followed] = [[], [], []];
    const on = { bold: 0, italic: 0 };
    for (const piece of pieces) {
      const kind = piece.kind;
      if (kind === "text" || kind === "code") {
        const style = followed[followed.length - 1] ? "hyperlink" : kind === "code" ? "html code" : "";
        said.push(new Piece(printed(piece.words), style, on.bold > 0, on.italic > 0));
      } else if (kind === "break") said.push(new Piece("\n"));
      else if (kind === "note") said.push(new Piece(this._note_mark(piece.number)));
      else if (kind === "link") {
        followed.push(leads_somewhere(piece.words));
        if (followed[followed.length - 1]) {
          said.push(new Piece(LINK));
          targets.push([piece.words, split_words(printed(piece.tip)).join(" ")]);
        }
      } else if (kind === "link_end") {
        const behind = piece.words ? ` <${printed(piece.words)}>` : "";
        said.push(new Piece(followed.pop() ? LINK_END : behind));
      } else if (kind === "bold" || kind === "italic") on[kind]++;
      else on[kind.slice(0, -"_end".length)]--;
    }
    return [said.map((piece) => piece.words).join(""), targets, said];
  }

  /** Word's own number where a note is referred to first, else the number in words. */
  _note_mark(note) {
    const number = this.numbers.get(note) ?? 0;
    if (number && !this.in_notes && !this.referred.has(note)) {
      this.referred.add(note);
      return mark(`note ${number}`);
    }
    return mark(`raised ${number || note + 1}`);
  }
}
