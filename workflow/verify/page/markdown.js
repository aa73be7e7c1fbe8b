// --- markdown: a letter's body as blocks: CommonMark with tables and footnotes, as markdown-it reads them, no HTML
//
// Raw HTML and link definitions are words here, pictures are links. Every text is read to an end: work is counted.

const DEEPEST = 200;
const HEADER = /^:?-+:?$/;
const UNDERLINE = /^(=+|-+)[ \t]*$/;
const RULE = /^([-_*])(?:[ \t]*\1){2,}[ \t]*$/;
const ORDERED = /^([0-9]{1,9})([.)])(?=[ \t]|$)/;
const BULLET = /^([-+*])(?=[ \t]|$)/;
const HEADING = /^(#{1,6})(?=[ \t]|$)/;
const FENCE = /^(`{3,}|~{3,})([^\n]*)$/;
const NOTE = new RegExp(`^\\[\\^([^${SPACE}\\]]+)\\]:`, "u");
const TABLE = /^[-:|][-:|\t ]+$/;
const MOST_EMPTY_CELLS = 0x10000;

/** A block: its kind, its words where it has some, and what its kind asks for (a start, a label, columns). */
class Block {
  constructor(kind, { words = [], code = "", start = 1, mark = "" } = {}) {
    Object.assign(this, { kind, words, code, start, mark });
  }
}

/** Read a body into blocks in order; the footnotes follow the text. Throws VerificationError: it takes too much work. */
function read(body) {
  try {
    return _read(body, new Budget());
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    throw new VerificationError("is written so that reading it takes too long");
  }
}

function _read(body, budget) {
  const parser = new Parser(body, budget);
  const blocks = parser.parse();
  const unused = [...parser.reader.labels].filter(([, number]) => number < 0).map(([label]) => label);
  return unused.length ? new Parser(body, budget, unused).parse() : blocks;
}

/** Reads the lines of one text; where it stands is a line, an indent, and what it stands in. */
class Parser {
  constructor(body, budget, unused = []) {
    this.lines = split_lines(body);
    this.unused = new Set(unused);
    this.budget = budget;
    this.reader = new Reader(budget);
    this.end = this.lines.source.length;
    this.blocks = [];
    this.pending = [];
    this.notes = new Map();
    this.line = this.indent = this.level = 0;
    this.list_indent = -1;
    this.tight = this.within_note = false;
    this.within = "root";
  }

  /** Return all blocks: those of the text, then each note that it refers to between `note` and `note_end`. */
  parse() {
    this._blocks(0, this.end);
    for (const [block, content] of this.pending) block.words = this.reader.read(content);
    const made = [...this.blocks];
    for (let number = 0; number < this.reader.notes.length; number++) {
      const note = this.reader.notes[number];
      const inner =
        note.label === null ? [new Block("text", { words: note.words })] : (this.notes.get(note.label) ?? []);
      made.push(new Block("note", { start: number }));
      for (const block of inner) made.push(block);
    }
    return made;
  }

  _blocks(line, end) {
    let had_empty = false;
    while (line < end) {
      this.budget.spend(1);
      while (line < this.end && this.lines.is_empty(line)) line++;
      this.line = line;
      if (line >= end || this.lines.counts[line] < this.indent) return;
      if (this.level >= DEEPEST) {
        this.line = end;
        return;
      }
      this._one(line, end);
      this.tight = !had_empty;
      line = this.line;
      if (line - 1 < end && this.lines.is_empty(line - 1)) had_empty = true;
      if (line < end && this.lines.is_empty(line)) {
        had_empty = true;
        line++;
        this.line = line;
      }
    }
  }

  _one(line, end) {
    for (const rule of [
      this._table, this._code, this._fence, this._quote, this._rule, this._list, this._note, this._heading,
      this._underlined,
    ]) {
      if (rule.call(this, line, end)) return;
    }
    this._paragraph(line);
  }

  _is_code(line) {
    return this.lines.counts[line] - this.indent >= 4;
  }

  /** Whether a line begins something that ends a paragraph (p), a quotation or table (q), or a list (l). */
  _ends(line, end, by) {
    this.budget.spend(1);
    return (
      (by === "p" && this._table(line, end, true)) ||
      this._fence(line, end, true) ||
      this._quote(line, end, true) ||
      this._rule(line, end, true) ||
      (by !== "l" && this._list(line, end, true)) ||
      (by === "p" && this._note(line, end, true)) ||
      (by !== "l" && this._heading(line, end, true))
    );
  }

  _words(kind, content, mark = "") {
    const block = new Block(kind, { mark });
    this.blocks.push(block);
    this.pending.push([block, content]);
  }

  /** The lines without so many columns of their indent. */
  _cut(begin, end, indent, last) {
    const cut = [];
    for (let line = begin; line < end; line++) {
      const text = this.lines.source[line].slice(this.lines.begins[line]);
      let [first, width] = [0, 0];
      while (width < indent && first < text.length + Number(line + 1 < end || last)) {
        const blank = text[first] ?? "\n";
        if (blank === "\t") width += 4 - ((width + this.lines.before[line]) % 4);
        else if (blank === " " || first < this.lines.shifts[line]) width++;
        else break;
        first++;
      }
      this.budget.spend(1 + Math.floor(length_of(text) / 64));
      cut.push(" ".repeat(Math.max(0, width - indent)) + text.slice(first));
    }
    return cut.join("\n") + (last && cut.length ? "\n" : "");
  }

  // --- one block each; true where it stands at this line ------------------------------------------------------------

  _code(line, end) {
    if (!this._is_code(line)) return false;
    let last = line + 1;
    let following = last;
    while (following < end && (this.lines.is_empty(following) || this._is_code(following))) {
      following++;
      if (!this.lines.is_empty(following - 1)) last = following;
    }
    this.line = last;
    this.blocks.push(new Block("code", { code: `${this._cut(line, last, 4 + this.indent, false)}\n` }));
    return true;
  }

  _fence(line, end, silent = false) {
    const found = this._is_code(line) ? null : FENCE.exec(this.lines.text(line));
    if (found === null || (found[1][0] === "`" && found[2].includes("`"))) return false;
    if (silent) return true;
    const closes = new RegExp(`^${escaped(found[1][0])}{${found[1].length},}[ \\t]*$`);
    let [following, closed] = [line + 1, false];
    while (following < end) {
      const text = this.lines.text(following);
      if (text && this.lines.counts[following] < this.indent) break;
      if (!this._is_code(following) && closes.test(text)) {
        closed = true;
        break;
      }
      following++;
    }
    this.line = following + Number(closed);
    this.blocks.push(new Block("code", { code: this._cut(line + 1, following, this.lines.counts[line], true) }));
    return true;
  }

  _rule(line, end, silent = false) {
    if (this._is_code(line) || !RULE.test(this.lines.text(line))) return false;
    if (!silent) {
      this.line = line + 1;
      this.blocks.push(new Block("rule"));
    }
    return true;
  }

  _heading(line, end, silent = false) {
    const text = this.lines.text(line);
    const found = this._is_code(line) ? null : HEADING.exec(text);
    if (found === null || silent) return found !== null;
    let rest = rstrip(text.slice(found[0].length), " \t");
    const bare = rstrip(rest, "#");
    if (bare && " \t".includes(bare[bare.length - 1])) rest = bare;
    this.line = line + 1;
    this._words("text", strip(rest, BLANKS), `heading ${found[1].length}`);
    return true;
  }

  _underlined(line, end) {
    if (this._is_code(line)) return false;
    const before = this.within;
    this.within = "paragraph";
    let [following, level] = [line + 1, 0];
    while (following < end && !this.lines.is_empty(following)) {
      const count = this.lines.counts[following];
      if (count - this.indent <= 3) {
        if (count >= this.indent && UNDERLINE.test(this.lines.text(following))) {
          level = this.lines.text(following).startsWith("=") ? 1 : 2;
          break;
        }
        if (count >= 0 && this._ends(following, end, "p")) break;
      }
      following++;
    }
    // `within` stays: so it does in markdown-it, and lists look at it.
    if (!level) return false;
    const content = strip(this._cut(line, following, this.indent, false), BLANKS);
    this.line = following + 1;
    this._words("text", content, `heading ${level}`);
    this.within = before;
    return true;
  }

  _paragraph(line) {
    const before = this.within;
    this.within = "paragraph";
    let following = line + 1;
    while (following < this.end && !this.lines.is_empty(following)) {
      const count = this.lines.counts[following];
      if (count - this.indent <= 3 && count >= 0 && this._ends(following, this.end, "p")) break;
      following++;
    }
    const content = strip(this._cut(line, following, this.indent, false), BLANKS);
    this.line = following;
    this._words("text", content);
    this.within = before;
  }

  _quote(line, end, silent = false) {
    if (this._is_code(line) || !this.lines.text(line).startsWith(">")) return false;
    if (silent) return true;
    const [old_end, before] = [this.end, this.within];
    this.within = "blockquote";
    const saved = [];
    let [following, last_is_empty] = [line, false];
    while (following < end) {
      const outside = following > line ? this.lines.counts[following] < this.indent : false;
      const text = this.lines.text(following);
      if (following > line && !text) break;
      if (text.startsWith(">") && !outside) {
        saved.push(this.lines.saved(following));
        last_is_empty = this._unquote(following);
        following++;
        continue;
      }
      if (last_is_empty) break;
      if (this._ends(following, end, "q")) {
        this.end = following;
        if (this.indent !== 0) {
          saved.push(this.lines.saved(following));
          this.lines.counts[following] -= this.indent;
        }
        break;
      }
      saved.push(this.lines.saved(following));
      this.lines.counts[following] = -1;
      following++;
    }
    const old_indent = this.indent;
    this.indent = 0;
    this.blocks.push(new Block("quote"));
    this.level++;
    this._blocks(line, following);
    this.level--;
    this.blocks.push(new Block("quote_end"));
    [this.end, this.within, this.indent] = [old_end, before, old_indent];
    saved.forEach((kept, number) => this.lines.restore(line + number, kept));
    return true;
  }

  /** Take the mark of a quotation off a line; says whether nothing else is on it. */
  _unquote(line) {
    const lines = this.lines;
    const source = lines.source[line];
    let at = lines.begins[line] + lines.shifts[line] + 1;
    let initial = lines.counts[line] + 1;
    let offset = initial;
    const second = source[at] ?? "";
    const wide = second === "\t" && (lines.before[line] + offset) % 4 !== 3;
    if (second === " " || (second === "\t" && !wide)) [at, initial, offset] = [at + 1, initial + 1, offset + 1];
    lines.begins[line] = at;
    while (source[at] === " " || source[at] === "\t") {
      offset += source[at] === "\t" ? 4 - ((offset + lines.before[line] + Number(wide)) % 4) : 1;
      at++;
    }
    lines.before[line] = lines.counts[line] + 1 + Number(second === " " || second === "\t");
    lines.counts[line] = offset - initial;
    lines.shifts[line] = at - lines.begins[line];
    return at >= source.length;
  }

  _list(line, end, silent = false) {
    const lines = this.lines;
    const count = lines.counts[line];
    if (this._is_code(line) || (this.list_indent >= 0 && this.list_indent <= count - 4 && count < this.indent)) {
      return false;
    }
    const ends_paragraph = silent && this.within === "paragraph" && count >= this.indent;
    const text = lines.text(line);
    let found = ORDERED.exec(text);
    const ordered = found !== null;
    found = found ?? BULLET.exec(text);
    if (found === null || (ends_paragraph && ordered && Number(found[1]) !== 1)) return false;
    if (ends_paragraph && !strip(text.slice(found[0].length), " \t")) return false;
    if (silent) return true;
    const mark = found[0][found[0].length - 1];
    const start = ordered ? Number(found[1]) : 1;
    this.blocks.push(new Block("list", { start, mark: ordered ? mark : "bullet" }));
    this.level++;
    this._items(line, end, ordered, mark, found[0].length);
    this.level--;
    this.blocks.push(new Block("list_end"));
    return true;
  }

  _items(line, end, ordered, mark, after) {
    const lines = this.lines;
    const before = this.within;
    this.within = "list";
    while (line < end) {
      let at = lines.begins[line] + lines.shifts[line] + after;
      const initial = lines.counts[line] + after;
      let offset = initial;
      const source = lines.source[line];
      while (at < source.length && (source[at] === " " || source[at] === "\t")) {
        offset += source[at] === "\t" ? 4 - ((offset + lines.before[line]) % 4) : 1;
        at++;
      }
      const stands_in = at >= source.length || offset - initial > 4 ? 1 : offset - initial;
      this.blocks.push(new Block("item"));
      this.level++;
      const [old_tight, saved, old_list] = [this.tight, lines.saved(line), this.list_indent];
      [this.list_indent, this.indent] = [this.indent, initial + stands_in];
      this.tight = true;
      [lines.shifts[line], lines.counts[line]] = [at - lines.begins[line], offset];
      if (at >= source.length && lines.is_empty(line + 1)) this.line = Math.min(this.line + 2, end);
      else this._blocks(line, end);
      [this.indent, this.list_indent] = [this.list_indent, old_list];
      [lines.shifts[line], lines.counts[line]] = [saved[1], saved[2]];
      this.tight = old_tight;
      this.level--;
      this.blocks.push(new Block("item_end"));
      line = this.line;
      if (line >= end || lines.counts[line] < this.indent || this._is_code(line) || this._ends(line, end, "l")) break;
      const found = (ordered ? ORDERED : BULLET).exec(lines.text(line));
      if (found === null || found[0][found[0].length - 1] !== mark) break;
      after = found[0].length;
    }
    this.line = line;
    this.within = before;
  }

  /** A note; words where nothing refers to it, its label has a note already, or a note is around it. */
  _note(line, end, silent = false) {
    const text = this.lines.text(line);
    const found = this._is_code(line) ? null : NOTE.exec(text);
    if (found === null || length_of(found[0]) > LONGEST_LABEL || this.unused.has(found[1])) return false;
    if (silent) return true;
    if (this.within_note || this.reader.labels.has(found[1])) return false;
    this.within_note = true;
    const lines = this.lines;
    const label = found[1];
    this.reader.labels.set(label, -1);
    const outer = this.blocks;
    this.blocks = [];
    const [saved, before] = [lines.saved(line), this.within];
    const after = found[0].length;
    const blanks = /^[ \t]*/.exec(text.slice(after))[0];
    const initial = lines.counts[line] + length_of(found[0]);
    [lines.begins[line], lines.shifts[line]] = [lines.begins[line] + lines.shifts[line] + after, blanks.length];
    lines.counts[line] = columns_of(blanks, initial) - initial;
    this.indent += 4;
    this.level++;
    this.within = "footnote";
    if (lines.counts[line] < this.indent) lines.counts[line] += this.indent;
    this._blocks(line, end);
    this.within = before;
    this.indent -= 4;
    this.level--;
    lines.restore(line, [saved[0], saved[1], saved[2], lines.before[line]]);
    this.notes.set(label, this.blocks);
    this.blocks = outer;
    this.within_note = false;
    return true;
  }

  _table(line, end, silent = false) {
    if (line + 2 > end || this.lines.counts[line + 1] < this.indent || this._is_code(line + 1)) return false;
    const under = this.lines.text(line + 1);
    if (!TABLE.test(under) || (under[0] === "-" && " \t".includes(under[1]))) return false;
    const marks = under.split("|").map((cell) => strip(cell, BLANKS));
    if (marks.some((mark) => mark && !HEADER.test(mark)) || !marks.slice(1, -1).every(Boolean)) return false;
    const heads = this._cells(line);
    if (heads === null || !heads.length || heads.length !== marks.filter(Boolean).length) return false;
    if (silent) return true;
    const before = this.within;
    this.within = "table";
    this.blocks.push(new Block("table"));
    this._row(heads, heads.length);
    let [following, missing] = [line + 2, 0];
    while (following < end && this.lines.counts[following] >= this.indent) {
      if (this._ends(following, end, "q") || !strip(this.lines.text(following), BLANKS)) break;
      if (this._is_code(following)) break;
      const cells = this._cells(following, true) ?? [];
      missing += heads.length - cells.length;
      if (missing > MOST_EMPTY_CELLS) break;
      this._row(cells, heads.length);
      following++;
    }
    this.blocks.push(new Block("table_end"));
    [this.within, this.line] = [before, following];
    return true;
  }

  _cells(line, always = false) {
    const text = strip(this.lines.text(line), BLANKS);
    if (!always && (!text.includes("|") || this._is_code(line))) return null;
    const cells = text.split(/(?<!\\)\|/).map((cell) => cell.replaceAll("\\|", "|"));
    if (cells.length && cells[0] === "") cells.shift();
    if (cells.length && cells[cells.length - 1] === "") cells.pop();
    return cells;
  }

  _row(cells, columns) {
    this.blocks.push(new Block("row"));
    for (let number = 0; number < columns; number++) {
      this._words("cell", number < cells.length ? strip(cells[number], BLANKS) : "");
    }
  }
}
