// --- composing: what a document of a text must say, paragraph by paragraph: numbers of lists, cells, links, footnotes

/** Around what is no letter of a paragraph, such as the mark of a footnote; no XML can hold them. */
const [OPEN, CLOSE] = ["\x01", "\x02"];
const [LINK, LINK_END] = [`${OPEN}link${CLOSE}`, `${OPEN}link ends${CLOSE}`];
const OWN_NUMBER = `${OPEN}its number${CLOSE}`;
const REFUSED_BY_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const BULLETS = ["•", "–", "▪"];
const FORMATS = ["decimal", "lowerLetter", "lowerRoman"];
const LARGEST_START = 32767;

/** A paragraph: its words, its number or bullet in a list, the cells that begin before it, where its links lead. */
class Line {
  constructor(words, label = "", cells = "", targets = []) {
    Object.assign(this, { words, label, cells, targets });
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
  }

  /** Set one block. */
  take(block) {
    const kind = block.kind;
    if (kind === "text") this._add(...this._said(block.words));
    else if (kind === "code") this._add(printed(rstrip(block.code, "\n")));
    else if (kind === "rule") this._add("");
    else if (kind === "list") {
      this._print_due_label();
      const like = this.lists.filter((outer) => (outer.kind === "bullet") === (block.mark === "bullet")).length;
      this.lists.push(new _List(block.mark, like, Math.min(block.start, LARGEST_START)));
    } else if (kind === "list_end") this.lists.pop();
    else if (kind === "item") this.due = true;
    else if (kind === "item_end") this._print_due_label();
    else if (kind === "note") this._begin_note(block.start);
    else this._table(block);
  }

  _table(block) {
    if (block.kind === "table") {
      this._print_due_label();
      this.cells = "";
    } else if (block.kind === "row") this.cells += "/";
    else if (block.kind === "cell") {
      const [words, targets] = this._said(block.words);
      this.cells += "|";
      if (strip(words)) {
        this.made.lines.push(new Line(words, "", this.cells, targets));
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

  _add(words, targets = []) {
    const last = this.lists[this.lists.length - 1];
    if (this.note) {
      const note = this.real.get(this.note);
      const label = this.due && last && note.length ? last.label() : "";
      _Composer._keep(note, new Line(note.length ? words : `${OWN_NUMBER} ${words}`, label, "", targets));
    } else if (this.in_notes) {
      const inner = last ?? this.below;
      _Composer._keep(this.made.notes, new Line(words, this.due ? inner.label() : "", "", targets));
    } else {
      const label = this.due && last ? last.label() : "";
      _Composer._keep(this.made.lines, new Line(words, label, "", targets));
    }
    this.due = false;
  }

  static _keep(lines, line) {
    if (strip(line.words) || line.label) lines.push(line);
  }

  _said(pieces) {
    let said = "";
    const targets = [];
    for (const piece of pieces) {
      const followed = ["link", "link_end"].includes(piece.kind) && leads_somewhere(piece.words);
      if (piece.kind === "text") said += printed(piece.words);
      else if (piece.kind === "break") said += "\n";
      else if (piece.kind === "note") said += this._note_mark(piece.number);
      else if (piece.kind === "link" && followed) {
        said += LINK;
        targets.push([piece.words, split_words(printed(piece.tip)).join(" ")]);
      } else if (piece.kind === "link_end") {
        said += followed ? LINK_END : piece.words ? ` <${printed(piece.words)}>` : "";
      }
    }
    return [said, targets];
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
