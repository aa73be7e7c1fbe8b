// --- json: JSON in any spelling, as Python's json takes it; objects become maps, fractions are no numbers here

const NOT_JSON = {};
const LOOSE_NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|-?Infinity|NaN/y;
// eslint-disable-next-line no-control-regex
const LOOSE_STRING = /[^"\\\x00-\x1f]*/y;

/** Reads a text of JSON; undefined where it is none. */
class LooseJson {
  constructor(text) {
    [this.text, this.at, this.depth] = [text, 0, 0];
  }

  read() {
    try {
      const value = this._value();
      this._blanks();
      return this.at === this.text.length ? value : undefined;
    } catch (fault) {
      if (fault === NOT_JSON) return undefined;
      throw fault;
    }
  }

  _blanks() {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
  }

  _take(mark) {
    this._blanks();
    if (this.text[this.at] !== mark) throw NOT_JSON;
    this.at++;
  }

  _is_next(mark) {
    this._blanks();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  _value() {
    this._blanks();
    const next = this.text[this.at];
    if (next === '"') return this._string();
    if (next === "{") return this._object();
    if (next === "[") return this._array();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const found = match_at(LOOSE_NUMBER, this.text, this.at);
    if (!found) throw NOT_JSON;
    this.at += found[0].length;
    return found[1] || found[2] || !/[0-9]/.test(found[0]) ? { fraction: found[0] } : Number(found[0]);
  }

  _string() {
    const begin = this.at++;
    for (;;) {
      this.at += match_at(LOOSE_STRING, this.text, this.at)[0].length;
      if (this.text[this.at] === '"') break;
      if (this.text[this.at] !== "\\") throw NOT_JSON;
      this.at += 2;
    }
    this.at++;
    try {
      return JSON.parse(this.text.slice(begin, this.at));
    } catch {
      throw NOT_JSON;
    }
  }

  _deeper() {
    if (++this.depth > DEEPEST_JSON) throw NOT_JSON;
  }

  _object() {
    const made = new Map();
    this._take("{");
    this._deeper();
    while (!this._is_next("}")) {
      if (made.size) this._take(",");
      this._blanks();
      if (this.text[this.at] !== '"') throw NOT_JSON;
      const key = this._string();
      this._take(":");
      const value = this._value();
      made.set(key, value);
    }
    this.depth--;
    return made;
  }

  _array() {
    const made = [];
    this._take("[");
    this._deeper();
    while (!this._is_next("]")) {
      if (made.length) this._take(",");
      made.push(this._value());
    }
    this.depth--;
    return made;
  }
}
