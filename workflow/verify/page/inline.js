// --- inline: the words of one paragraph of Markdown: what is printed and how, line breaks, links, marks of footnotes

const BLANKS =
  "\t\n\x0b\x0c\r \xa0\u1680\u202f\u205f\u3000\u2028\u2029\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a";
const SPACES = new Set([...BLANKS].filter((blank) => blank !== "\u2028" && blank !== "\u2029"));
const DEEPEST_INLINE = 200;
const PLAIN = /[^\n!#$%&*+\-:<=>@[\\\]^_`{}~]+/y;
const ESCAPABLE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const NUMBERED = /&#(x[a-f0-9]{1,6}|[0-9]{1,7});/iy;
const NAMED = /&([a-z][a-z0-9]{1,31});/iy;
// eslint-disable-next-line no-control-regex
const ADDRESS = /^([a-zA-Z][a-zA-Z0-9+.-]{1,31}):([^<>\x00-\x20]*)$/;
const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const MAILBOX = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${LABEL}(?:\\.${LABEL})*$`);
const UNESCAPED = /\\([!-/:-@[-`{-~])|&([a-z#][a-z0-9]{1,31});/gi;
const TICKS = /`+/y;
const IN_POINTED = /<([^<>]*)>/y;
const NOTE_MARK = /\[\^([^\] \n]+)\]/y;
const LONGEST_LABEL = 999;
/** How deep notes may stand in each other; a deeper one is words. */
const NOTES_IN_NOTES = 2;
const MOST_WORK = 4_000_000;

/** Counts the work of reading a text, so that none can take for ever. */
class Budget {
  constructor() {
    this.left = MOST_WORK;
  }

  /** Take work off. Throws VerificationError when there is none left. */
  spend(work) {
    this.left -= work;
    if (this.left < 0) throw new VerificationError("is written so that reading it takes too long");
  }
}

/**
 * A piece of a paragraph: `text`, `code`, `break`, `link`, `link_end` (words: the target; tip) or `note` (number).
 *
 * Where words begin to be bold or in italics stand `bold` and `italic`, and behind them `bold_end` and `italic_end`.
 */
class Inline {
  constructor(kind, words = "", number = 0, tip = "") {
    Object.assign(this, { kind, words, number, tip });
  }
}

/** Reads paragraphs in the order of the text, and numbers the footnotes as they are referred to. */
class Reader {
  constructor(budget) {
    this.budget = budget;
    this.labels = new Map();
    /** The footnotes: each by its label, or written where it is referred to (`words`). */
    this.notes = [];
    this.depth = 0;
  }

  /** Return the pieces of one paragraph. */
  read(source) {
    return new _Paragraph(this, source).read();
  }
}

/** One paragraph while it is read; `silent` looks for where a piece ends and leaves no trace. */
class _Paragraph {
  constructor(reader, source) {
    this.reader = reader;
    this.source = source;
    this.at = 0;
    this.end = source.length;
    this.level = 0;
    this.pieces = [];
    this.plain = "";
    this.skipped = new Map();
    this.labels = [new Map(), new Map()];
    this.delimiters = [];
    this.groups = [this.delimiters];
    this.outer = [];
    this.ticks = null;
    this.last_closed = source.lastIndexOf("]");
    this.rules = {
      "\n": this._newline, "\\": this._escape, "`": this._code, "*": this._emphasis, _: this._emphasis,
      "[": this._bracket, "^": this._inline_note, "<": this._address, "&": this._entity,
    };
  }

  read() {
    this._run();
    for (const group of this.groups) {
      match_delimiters(group, (work) => this.reader.budget.spend(work));
      for (const [one, kind] of used_delimiters(group)) this.pieces[one] = new Inline(kind);
    }
    return this.pieces.filter(({ kind, words, number, tip }) => kind !== "text" || words || number || tip);
  }

  _run() {
    while (this.at < this.end) {
      this.reader.budget.spend(1);
      if (!(this.level < DEEPEST_INLINE && this._one(false))) this.plain += this.source[this.at++];
    }
    this._flush();
  }

  _flush() {
    if (this.plain) {
      this.pieces.push(new Inline("text", this.plain));
      this.plain = "";
    }
  }

  _push(piece) {
    this._flush();
    this.pieces.push(piece);
  }

  _one(silent) {
    PLAIN.lastIndex = this.at;
    const found = PLAIN.exec(this.source);
    if (found) {
      const after = Math.min(this.end, this.at + found[0].length);
      if (!silent) this.plain += this.source.slice(this.at, after);
      this.at = after;
      return true;
    }
    const next = this.source[this.at];
    return Object.hasOwn(this.rules, next) && this.rules[next].call(this, silent);
  }

  /** Go behind the piece that stands here. */
  _skip() {
    this.reader.budget.spend(1);
    const start = this.at;
    if (this.skipped.has(start)) {
      this.at = this.skipped.get(start);
      return;
    }
    let found = false;
    if (this.level < DEEPEST_INLINE) {
      this.level++;
      found = this._one(true);
      this.level--;
    } else this.at = this.end;
    if (!found) this.at++;
    this.skipped.set(start, this.at);
  }

  _newline(silent) {
    if (!silent) {
      const bare = rstrip(this.plain, " ");
      const breaks = this.plain.length - bare.length > 1;
      this.plain = bare;
      this._push(breaks ? new Inline("break") : new Inline("text", " "));
    }
    this.at++;
    this._over_blanks();
    return true;
  }

  _over_blanks(also = "") {
    while (this.at < this.end && ` \t${also}`.includes(this.source[this.at])) this.at++;
  }

  _escape(silent) {
    if (this.at + 1 >= this.end) return false;
    const following = String.fromCodePoint(this.source.codePointAt(this.at + 1));
    this.at += 1 + following.length;
    if (following === "\n") {
      if (!silent) this._push(new Inline("break"));
      this._over_blanks();
    } else if (!silent) {
      this._push(new Inline("text", ESCAPABLE.includes(following) ? following : `\\${following}`));
    }
    return true;
  }

  _code(silent) {
    TICKS.lastIndex = this.at;
    const opened = TICKS.exec(this.source)[0].slice(0, this.end - this.at);
    const [length, after] = [opened.length, this.at + opened.length];
    if (this.ticks === null) {
      this.ticks = new Map();
      for (const run of this.source.matchAll(/`+/g)) this.ticks.set(run[0].length, run.index);
    }
    if ((this.ticks.get(length) ?? -1) >= after) {
      const runs = /`+/g;
      runs.lastIndex = after;
      for (let run = runs.exec(this.source); run; run = runs.exec(this.source)) {
        this.reader.budget.spend(1);
        if (runs.lastIndex > this.end) break;
        if (run[0].length === length) {
          this._take_code(this.source.slice(after, run.index), silent);
          this.at = runs.lastIndex;
          return true;
        }
      }
    }
    if (!silent) this.plain += opened;
    this.at = after;
    return true;
  }

  _take_code(content, silent) {
    if (silent) return;
    const said = content.replaceAll("\n", " ");
    const padded = said.startsWith(" ") && said.endsWith(" ") && strip(said, " ");
    this._push(new Inline("code", padded ? said.slice(1, -1) : said));
  }

  _emphasis(silent) {
    if (silent) return false;
    const [marker, start] = [this.source[this.at], this.at];
    let after = start;
    while (after < this.end && this.source[after] === marker) after++;
    const last = start ? character_before(this.source, start) : " ";
    const following = after < this.end ? String.fromCodePoint(this.source.codePointAt(after)) : " ";
    const left = !(SPACES.has(following) || (_is_sign(following) && !(SPACES.has(last) || _is_sign(last))));
    const right = !(SPACES.has(last) || (_is_sign(last) && !(SPACES.has(following) || _is_sign(following))));
    const opens = left && (marker === "*" || !right || _is_sign(last));
    const closes = right && (marker === "*" || !left || _is_sign(following));
    const length = after - start;
    for (let number = 0; number < length; number++) {
      this._push(new Inline("text", marker));
      this.delimiters.push({ marker, length, token: this.pieces.length - 1, open: opens, close: closes, end: -1 });
    }
    this.at = after;
    return true;
  }

  /** Where the bracket that opens at `start` is closed; -1 where it is not, or holds another. */
  _label_end(start, nested) {
    if (start > this.last_closed) return -1; // Nothing closes it.
    const labels = this.labels[Number(nested)];
    if (labels.has(start)) return labels.get(start);
    const old = this.at;
    this.at = start + 1;
    let [depth, found] = [1, -1];
    while (this.at < this.end) {
      const [marker, before] = [this.source[this.at], this.at];
      if (marker === "]") {
        depth--;
        if (depth === 0) {
          found = before;
          break;
        }
      }
      this._skip();
      if (marker === "[") {
        const inner = labels.get(before);
        if (inner === -1 || (!nested && this.at !== before + 1)) break; // What is open within is open around it too.
        if (inner !== undefined) this.at = inner + 1;
        else if (this.at === before + 1) depth++;
      }
    }
    this.at = old;
    labels.set(start, found);
    return found;
  }

  _bracket(silent) {
    return this._link(silent) || this._note(silent);
  }

  _link(silent) {
    const [start, end] = [this.at, this.end];
    const closed = this._label_end(start, false);
    if (closed < 0 || this.source[closed + 1] !== "(" || closed + 1 >= end) return false;
    this.at = closed + 2;
    const [target, tip] = this._target();
    if (this.at >= end || this.source[this.at] !== ")") {
      this.at = start;
      return false;
    }
    const after = this.at + 1;
    if (!silent) {
      [this.at, this.end] = [start + 1, closed];
      this._push(new Inline("link", target, 0, tip));
      this.outer.push(this.delimiters);
      this.delimiters = [];
      this.groups.push(this.delimiters);
      this.level++;
      this._run();
      this.level--;
      this.delimiters = this.outer.pop();
      this._push(new Inline("link_end", target));
    }
    [this.at, this.end] = [after, end];
    return true;
  }

  /** Read where a link leads, and the title behind it; goes on as far as they hold. */
  _target() {
    this._over_blanks("\n");
    let [target, tip] = ["", ""];
    if (this.at >= this.end) return [target, tip];
    const found = this._destination();
    if (found !== null) {
      let [said, after] = found;
      target = written(said);
      if (is_refused(target)) [target, after] = ["", this.at];
      const start = (this.at = after);
      this._over_blanks("\n");
      const title = this.at < this.end && this.at !== start ? this._title() : null;
      if (title !== null) {
        [tip, this.at] = title;
        this._over_blanks("\n");
      }
    }
    return [target, tip];
  }

  _destination() {
    const source = this.source;
    let [at, depth] = [this.at, 0];
    if (source[at] === "<") return _pointed(source, at, this.end);
    while (at < this.end) {
      this.reader.budget.spend(1);
      const character = source[at];
      if (character <= " " || character === "\x7f") break;
      if (character === "\\" && at + 1 < this.end) {
        if (source[at + 1] === " ") break;
        at += 2;
        continue;
      }
      if (character === "(") {
        depth++;
        if (depth > 32) return null;
      }
      if (character === ")") {
        if (depth === 0) break;
        depth--;
      }
      at++;
    }
    if (at === this.at || depth) return null;
    return [_unescaped(source.slice(this.at, at)), at];
  }

  _title() {
    const source = this.source;
    const begun = source[this.at];
    if (!"\"'(".includes(begun)) return null;
    const closing = begun === "(" ? ")" : begun;
    let at = this.at + 1;
    while (at < this.end) {
      this.reader.budget.spend(1);
      if (source[at] === closing) return [_unescaped(source.slice(this.at + 1, at)), at + 1];
      if (source[at] === "(" && closing === ")") return null;
      at += source[at] === "\\" && at + 1 < this.end ? 2 : 1;
    }
    return null;
  }

  _inline_note(silent) {
    const start = this.at;
    const begins = this.source.startsWith("^[", start) && start + 2 <= this.end;
    if (this.reader.depth === NOTES_IN_NOTES || !begins) return false;
    const closed = this._label_end(start + 1, true);
    if (closed < 0) return false;
    if (!silent) {
      const note = { label: null, words: [] };
      const number = this.reader.notes.length;
      this.reader.notes.push(note);
      this.reader.depth++;
      note.words = this.reader.read(this.source.slice(start + 2, closed));
      this.reader.depth--;
      this._push(new Inline("note", "", number));
    }
    this.at = closed + 1;
    return true;
  }

  _note(silent) {
    NOTE_MARK.lastIndex = this.at;
    const found = NOTE_MARK.exec(this.source);
    if (found === null || !this.reader.labels.has(found[1])) return false;
    const after = this.at + found[0].length;
    if (after > this.end || length_of(found[0]) > LONGEST_LABEL) return false;
    if (this.source[after] === ":" && (this.at === 0 || this.source[this.at - 1] === "\n")) {
      // It begins words that are no note: no mark of one.
      return false;
    }
    if (!silent) {
      let number = this.reader.labels.get(found[1]);
      if (number < 0) {
        number = this.reader.notes.length;
        this.reader.labels.set(found[1], number);
        this.reader.notes.push({ label: found[1], words: [] });
      }
      this._push(new Inline("note", "", number));
    }
    this.at = after;
    return true;
  }

  _address(silent) {
    const found = match_at(IN_POINTED, this.source, this.at, this.end);
    if (found === null) return false;
    const said = found[1];
    let target;
    if (!ADDRESS.test(said)) {
      if (!MAILBOX.test(said)) return false;
      target = written(`mailto:${said}`);
    } else target = written(said);
    if (is_refused(target)) return false;
    if (!silent) {
      // No link holds another: within the words of one, an address is words.
      const within = this.outer.length > 0;
      if (!within) this._push(new Inline("link", target));
      this._push(new Inline("text", readable(said)));
      if (!within) this._push(new Inline("link_end", target));
    }
    this.at += found[0].length;
    return true;
  }

  _entity(silent) {
    const found = match_at(NUMBERED, this.source, this.at, Infinity) ?? match_at(NAMED, this.source, this.at, Infinity);
    if (found === null) return false;
    let said;
    if (found[0][1] === "#") {
      const digits = found[1];
      const code = /^x/i.test(digits) ? parseInt(digits.slice(1), 16) : Number(digits);
      said = _is_character(code) ? String.fromCodePoint(code) : "\ufffd";
    } else said = ENTITIES.get(found[1]);
    if (said === undefined) return false;
    if (!silent) this._push(new Inline("text", said));
    this.at += found[0].length;
    return true;
  }
}

/** The character that ends at a place. */
function character_before(text, at) {
  const pair = at > 1 ? text.slice(at - 2, at) : "";
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(pair) ? pair : text[at - 1];
}

/** A link's target in pointed brackets. */
function _pointed(source, start, end) {
  let at = start + 1;
  while (at < end) {
    if ("\n<".includes(source[at])) return null;
    if (source[at] === ">") return [_unescaped(source.slice(start + 1, at)), at + 1];
    at += source[at] === "\\" && at + 1 < end ? 2 : 1;
  }
  return null;
}

function _is_sign(character) {
  return /^[\p{P}\p{S}]$/u.test(character);
}

/** Whether a numbered entity stands for a character that may be printed. */
function _is_character(code) {
  const wrong =
    (code >= 0xd800 && code <= 0xdfff) || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe || code > 0x10ffff;
  return !(
    wrong || code <= 8 || code === 0x0b || (code >= 0x0e && code <= 0x1f) || (code >= 0x7f && code <= 0x9f)
  );
}

function _unescaped(words) {
  return words.replace(UNESCAPED, (whole, sign, name) => sign ?? _entity_said(whole, name));
}

function _entity_said(whole, name) {
  if (ENTITIES.has(name)) return ENTITIES.get(name);
  const number = /^(?:#([0-9]{1,8})|#[xX]([a-fA-F0-9]{1,8}))$/.exec(name);
  if (number === null) return whole;
  const code = number[1] ? Number(number[1]) : parseInt(number[2], 16);
  return _is_character(code) ? String.fromCodePoint(code) : whole;
}
