// --- bundle: the evidence as it comes in: a zip, read within limits and sorted; and canonical JSON (RFC 8785)

const MEGABYTE = 1024 * 1024;
const MOST_FILES = 1_000_000;
const MOST_BYTES = 2048 * MEGABYTE;
const LARGEST_ENTRY = 64 * 1024;
/** The history refuses what is larger, so that no evidence ever holds it. */
const LARGEST_DISCLOSURE = MEGABYTE;
/** Files of many lines, one for an entry; what opens an entry's commitment has its number besides. */
const LONGEST_LINE = new Map([["entries.jsonl", LARGEST_ENTRY], ["disclosures.jsonl", LARGEST_DISCLOSURE + 32]]);
/** What belongs in the evidence, and the most bytes of each file. Until November 2026 each entry was a file. */
const LAYOUT = [
  ["lines", /^((?:entries|disclosures)\.jsonl)$/, 512 * MEGABYTE],
  ["entries", /^entries\/([0-9]{1,9})\.json$/, LARGEST_ENTRY],
  ["checkpoints", /^checkpoints\/([0-9]{1,9})\.txt$/, 256 * 1024],
  ["continued", /^checkpoints\/(consistency\.jsonl)$/, 8 * MEGABYTE],
  ["proofs", /^proofs\/([0-9]{1,9})\.tlog-proof$/, 256 * 1024],
  ["revisions", /^revisions\/([0-9]{1,9})\.json$/, 32 * MEGABYTE],
  ["disclosures", /^disclosures\/([0-9]{1,9})\.json$/, LARGEST_DISCLOSURE],
  ["common", /^common\/(checkpoint\.txt|letter\.tlog-proof|consistency\.jsonl)$/, 8 * MEGABYTE],
  ["stamps", /^stamps\/([0-9]{1,15}\.(?:tsr|tlog-proof))$/, 256 * 1024],
  ["documents", /^documents\/([0-9a-f]{64}\.(?:docx|pdf))$/, 128 * MEGABYTE],
  ["letterheads", /^letterheads\/([0-9a-f]{64}\.docx)$/, 32 * MEGABYTE],
  ["others", /^(README\.txt|verify\.(?:py|html)|report\.(?:html|docx)|(?:letter|servers|signoff)\.json)$/, 64 * MEGABYTE],
];

/** The files of the evidence, by what they are and by their number or name. */
class Bundle {
  constructor() {
    // `common`: the head of the log over all letters, and where this letter's checkpoint is in it. `continued`: in
    // evidence of one sign-off, that the newest checkpoint continues the older ones that time stamps are over.
    for (const [kind] of LAYOUT) if (kind !== "lines") this[kind] = new Map();
    /** The lines of `disclosures.jsonl`, where that is the layout. */
    this.opened = [];
  }

  /** The entries from the first up to the first that is missing. */
  *whole() {
    for (let number = 0; this.entries.has(number); number++) yield this.entries.get(number);
  }
}

/** Where a file belongs: its kind, its number or name, and the most bytes it may have. Throws InputError. */
function _place(name) {
  for (const [kind, pattern, most] of LAYOUT) {
    const found = pattern.exec(name);
    if (found) return [kind, found[1], most];
  }
  throw new InputError(`${shown(name)} does not belong in an evidence file. Ask for a fresh one.`);
}

/** Put the files into a bundle; one that does not belong there, or is there twice, throws InputError. */
function sort_out(files) {
  const bundle = new Bundle();
  for (const [name, content] of files) {
    const [kind, key, most] = _place(name);
    if (content.length > most) throw new InputError(`${name} is larger than such a file can be (${most} bytes).`);
    if (kind === "lines") {
      _take_lines(bundle, name, content);
      continue;
    }
    const place = bundle[kind];
    const known = /^[0-9]+$/.test(key) ? Number(key) : key;
    if (place.has(known)) {
      throw new InputError(`${name} is there twice under two names. Ask for a fresh evidence file.`);
    }
    place.set(known, content);
  }
  if (!bundle.entries.size) {
    throw new InputError("There are no entries here. Give evidence.zip, or run this inside the unpacked folder.");
  }
  return bundle;
}

/** Take the entries, or what opens their commitments: one a line, each ended by a line feed. Throws InputError. */
function _take_lines(bundle, name, content) {
  const lines = [];
  for (let begin = 0, end = 0; begin <= content.length; begin = end + 1) {
    end = content.indexOf(10, begin);
    if (end < 0) end = content.length;
    lines.push(content.subarray(begin, end));
    if (lines.length > MOST_FILES + 1) {
      throw new InputError(`${name} has more lines than a letter can have entries.`);
    }
  }
  if (lines.pop().length || lines.some((line) => line.length > LONGEST_LINE.get(name))) {
    throw new InputError(`${name} is cut off, or has a line that is longer than such a line can be.`);
  }
  if (name === "disclosures.jsonl") bundle.opened = lines;
  else if (bundle.entries.size) {
    throw new InputError(`There is ${name}, and a file for each entry too. Ask for a fresh evidence file.`);
  } else bundle.entries = new Map(lines.entries());
}

/** Read evidence.zip, within limits. Throws InputError. */
function read_evidence(name, content) {
  try {
    return _unpack(new Archive(content));
  } catch (error) {
    if (!(error instanceof BadZipFile)) throw error;
    throw new InputError(`${name} cannot be read as evidence: ${error.message}`);
  }
}

function _belongs(name) {
  return LAYOUT.some(([, pattern]) => pattern.test(name));
}

function _unpack(archive) {
  const members = archive.members.filter((member) => !member.filename.endsWith("/"));
  if (members.length > MOST_FILES || new Set(members.map((member) => member.filename)).size !== members.length) {
    throw new InputError("The archive holds two files of one name, or far too many. Ask for a fresh one.");
  }
  const files = new Map();
  let left = MOST_BYTES;
  for (const member of members) {
    const [, , most] = _place(member.filename);
    const content = unpacked(archive, member, Math.min(most, left));
    files.set(member.filename, content);
    left -= content.length;
  }
  return files;
}

/** Return the bytes of one member, at most so many whatever its header says. Throws InputError, BadZipFile. */
function unpacked(archive, member, most) {
  if (![ZIP_STORED, ZIP_DEFLATED].includes(member.method) || member.flags & 1) {
    throw new InputError(`${shown(member.filename)} is encrypted, or packed in a way that is not used here.`);
  }
  // Where no line ends within two megabytes, none is short enough: the rest is not unpacked.
  let content = archive.read(member, Math.min(most + 1, 2 * MEGABYTE));
  const goes_on = content.length === 2 * MEGABYTE && content.length < most + 1;
  if (goes_on && (!LONGEST_LINE.has(member.filename) || content.includes(10))) content = archive.read(member, most + 1);
  if (content.length > most) {
    throw new InputError(`${shown(member.filename)} unpacks to more bytes than such a file can have.`);
  }
  return content;
}

/** Return the canonical bytes. Our keys are ASCII, so sorting by code point is sorting by UTF-16 unit. */
function canonical(value) {
  return utf8_of(canonical_text(value));
}

function canonical_text(value) {
  if (Array.isArray(value)) return `[${value.map(canonical_text).join(",")}]`;
  if (is_dict(value)) {
    const keys = sorted_texts(value.keys());
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical_text(value.get(key))}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** Parse canonical JSON; any other spelling, a double key or a fraction throws VerificationError. */
function read_json(content) {
  const text = strictly_decoded(content);
  const value = text === null ? undefined : new JsonReader(text).read();
  if (value !== undefined) return value;
  throw new VerificationError(
    "is not canonical JSON (RFC 8785): its bytes were changed, or written by something else",
  );
}

const NOT_CANONICAL = {};
const DEEPEST_JSON = 900;
const WHOLE_NUMBER = /(?:0|-?[1-9][0-9]*)(?![0-9.eE])/y;
// eslint-disable-next-line no-control-regex
const UNESCAPED_JSON = /[^"\\\x00-\x1f]*/y;
const ESCAPED_JSON = /\\(?:["\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))/y;

/** Reads JSON that is canonical, and nothing else; objects become maps, whose keys nothing else can be mixed up with. */
class JsonReader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  /** The value, or undefined where the text is not canonical. */
  read() {
    try {
      const value = this._value();
      return this.at === this.text.length ? value : undefined;
    } catch (fault) {
      if (fault === NOT_CANONICAL) return undefined;
      throw fault;
    }
  }

  _take(words) {
    if (!this.text.startsWith(words, this.at)) throw NOT_CANONICAL;
    this.at += words.length;
  }

  _value() {
    const next = this.text[this.at];
    if (next === '"') return this._string();
    if (next === "{") return this._object();
    if (next === "[") return this._array();
    for (const [words, value] of [["true", true], ["false", false], ["null", null]]) {
      if (next === words[0]) {
        this._take(words);
        return value;
      }
    }
    const found = match_at(WHOLE_NUMBER, this.text, this.at);
    // Python counts the sign among the 17 that a number may have.
    if (!found || found[0].length > 17 || !Number.isSafeInteger(Number(found[0]))) throw NOT_CANONICAL;
    this.at += found[0].length;
    return Number(found[0]);
  }

  _string() {
    if (this.text[this.at] !== '"') throw NOT_CANONICAL;
    const begin = this.at++;
    let spelt = false;
    for (;;) {
      this.at += match_at(UNESCAPED_JSON, this.text, this.at)[0].length;
      const next = this.text[this.at];
      if (next === '"') break;
      const found = match_at(ESCAPED_JSON, this.text, this.at);
      if (!found) throw NOT_CANONICAL;
      this.at += found[0].length;
      spelt = true;
    }
    this.at++;
    return spelt ? JSON.parse(this.text.slice(begin, this.at)) : this.text.slice(begin + 1, this.at - 1);
  }

  _deeper() {
    if (++this.depth > DEEPEST_JSON) throw NOT_CANONICAL;
  }

  _object() {
    const made = new Map();
    this._take("{");
    this._deeper();
    let before = null;
    while (this.text[this.at] !== "}" || before !== null) {
      const key = this._string();
      if (before !== null && by_code_points(before, key) >= 0) throw NOT_CANONICAL;
      this._take(":");
      made.set(key, this._value());
      before = key;
      if (this.text[this.at] === "}") break;
      this._take(",");
    }
    this._take("}");
    this.depth--;
    return made;
  }

  _array() {
    const made = [];
    this._take("[");
    this._deeper();
    while (this.text[this.at] !== "]" || made.length) {
      made.push(this._value());
      if (this.text[this.at] === "]") break;
      this._take(",");
    }
    this._take("]");
    this.depth--;
    return made;
  }
}
