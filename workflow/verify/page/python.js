// --- python: what Python has and JavaScript has not, as far as the verifier needs it

const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEADING = new RegExp(`^[${SPACE}]+`, "u");
const IS_SPACE = new RegExp(`^[${SPACE}]$`, "u");

/** Take blanks (or other characters) off the beginning. */
function lstrip(text, characters = null) {
  if (characters === null) return text.replace(LEADING, "");
  let at = 0;
  while (at < text.length && characters.includes(text[at])) at++;
  return text.slice(at);
}

/** Take blanks (or other characters, none of them beyond the BMP) off the end. */
function rstrip(text, characters = null) {
  let end = text.length;
  while (end && (characters === null ? IS_SPACE.test(text[end - 1]) : characters.includes(text[end - 1]))) end--;
  return text.slice(0, end);
}

function strip(text, characters = null) {
  return lstrip(rstrip(text, characters), characters);
}

/** The words between blanks: `str.split()`. */
function split_words(text) {
  return text.match(new RegExp(`[^${SPACE}]+`, "gu")) ?? [];
}

function partition(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, "", ""] : [text.slice(0, at), mark, text.slice(at + mark.length)];
}

function rpartition(text, mark) {
  const at = text.lastIndexOf(mark);
  return at < 0 ? ["", "", text] : [text.slice(0, at), mark, text.slice(at + mark.length)];
}

function count_of(text, part) {
  return text.split(part).length - 1;
}

/** How many characters a text has: code points, not the halves that JavaScript counts. */
function length_of(text) {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(at + 1);
      if (next >= 0xdc00 && next < 0xe000) {
        length--;
        at++;
      }
    }
  }
  return length;
}

/** The first so many characters of a text. */
function first_of(text, count) {
  return text.length <= count ? text : Array.from(text.slice(0, 2 * count)).slice(0, count).join("");
}

/** Compare by code points, as Python does; by halves, U+10000 would come before U+FFFF. */
function by_code_points(one, other) {
  const least = Math.min(one.length, other.length);
  for (let at = 0; at < least; at++) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a !== b) {
      const halves = [a >= 0xd800 && a < 0xe000, b >= 0xd800 && b < 0xe000];
      return halves[0] === halves[1] ? a - b : halves[0] ? 1 : -1;
    }
  }
  return one.length - other.length;
}

function sorted_texts(texts) {
  return [...texts].sort(by_code_points);
}

function sorted_numbers(numbers) {
  return [...numbers].sort((one, other) => one - other);
}

/** The entries of a map whose keys are numbers, or texts, in order. */
function sorted_items(map) {
  return [...map].sort(([one], [other]) => (typeof one === "number" ? one - other : by_code_points(one, other)));
}

/** The greatest of many: `Math.max` takes no list of a million. */
function greatest(numbers, usual = undefined) {
  let found = usual;
  for (const number of numbers) if (found === undefined || number > found) found = number;
  return found;
}

function is_whole(value) {
  return typeof value === "number";
}

function is_text(value) {
  return typeof value === "string";
}

function is_dict(value) {
  return value instanceof Map;
}

/** Whether Python takes a value for true: an empty list is not. */
function truth(value) {
  return Boolean(Array.isArray(value) ? value.length : is_dict(value) || value instanceof Set ? value.size : value);
}

/** Whether two values of JSON are equal as Python has it: true is 1. */
function equal(one, other) {
  if (one === other || (one ?? null) === (other ?? null)) return true;
  if (typeof one === "boolean" && typeof other === "number") return Number(one) === other;
  if (typeof one === "number" && typeof other === "boolean") return one === Number(other);
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, at) => equal(value, other[at]));
  }
  if (is_dict(one) && is_dict(other)) {
    return one.size === other.size && [...one].every(([key, value]) => other.has(key) && equal(value, other.get(key)));
  }
  return false;
}

/** A value of JSON as `str()` writes it. */
function str(value) {
  return is_text(value) ? value : repr(value);
}

/** A value of JSON as `repr()` writes it. */
function repr(value) {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (is_whole(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (is_dict(value)) return `{${[...value].map(([key, one]) => `${repr(key)}: ${repr(one)}`).join(", ")}}`;
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  let said = "";
  for (const character of value) {
    const code = character.codePointAt(0);
    if (character === quote || character === "\\") said += `\\${character}`;
    else if (character === "\n") said += "\\n";
    else if (character === "\r") said += "\\r";
    else if (character === "\t") said += "\\t";
    else if (is_printable(character)) said += character;
    else if (code < 0x100) said += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (code < 0x10000) said += `\\u${code.toString(16).padStart(4, "0")}`;
    else said += `\\U${code.toString(16).padStart(8, "0")}`;
  }
  return quote + said + quote;
}

/** The same of a text, in ASCII alone. */
function repr_ascii(text) {
  return repr(text).replace(/[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0);
    const [mark, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return `\\${mark}${code.toString(16).padStart(digits, "0")}`;
  });
}

/** The same of what Python keeps as a tuple. */
function repr_tuple(values, each = repr) {
  return values.length === 1 ? `(${each(values[0])},)` : `(${values.map((one) => each(one)).join(", ")})`;
}

function is_printable(character) {
  return character === " " || !/[\p{C}\p{Z}]/u.test(character);
}

function is_alnum(character) {
  return /^[\p{L}\p{N}]$/u.test(character);
}

const UNFOLDED = /^[\u0131\u13a0-\u13f5]$/;

/** `str.casefold()`. */
function casefold(text) {
  let folded = "";
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code < 0x80) folded += character.toLowerCase();
    else if (UNFOLDED.test(character)) folded += character;
    else if (character === "\u1e9e") folded += "ss";
    else if (code >= 0x13f8 && code <= 0x13fd) folded += String.fromCodePoint(code - 8);
    else if (code >= 0xab70 && code <= 0xabbf) folded += String.fromCodePoint(code - 0xab70 + 0x13a0);
    else folded += character.toUpperCase().toLowerCase();
  }
  return folded;
}

/** A text that means itself in a regular expression, with the flag u or without. */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Whether a pattern fits the whole of a text: its match, or null. */
function full_match(pattern, text) {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gym]/g, ""));
  return whole.exec(text);
}

/** The match of a pattern (with the flag y) at a place; null where it reaches beyond `end`. */
function match_at(pattern, text, at, end = text.length) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null || at + found[0].length > end ? null : found;
}

// --- bytes

const ENCODER = new TextEncoder();

function utf8_of(text) {
  return ENCODER.encode(text);
}

/** The text of bytes in UTF-8, what is none as U+FFFD. */
function decoded(bytes) {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** The text of bytes in UTF-8; null where they are none. */
function strictly_decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes as a text with one character each. */
function latin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 0x8000));
  }
  return text;
}

function from_latin1(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function joined_bytes(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same_bytes(one, other) {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function from_hex(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

function to_base64(bytes) {
  return btoa(latin1(bytes));
}

/** Bytes of base64 in the one spelling that there is for them; null of any other. */
function from_base64(encoded) {
  if (encoded.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return null;
  let bytes;
  try {
    bytes = from_latin1(atob(encoded));
  } catch {
    return null;
  }
  return to_base64(bytes) === encoded ? bytes : null;
}
