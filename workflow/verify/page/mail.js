// --- mail: the attachments of an email, found as Python's email package (policy compat32) finds them
//
// Everything is handled as a text with one character for each byte.

const HEADER_LINE = /^(From |[\x21-\x39\x3b-\x7e]*:|[\t ])/;
const LINE_END = /\r\n|\r|\n/;

/** Lines with their ends. */
function lines_of_mail(text) {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}

/** Take an email apart: its headers, and its parts or its words. */
function read_mail(text) {
  return new MailReader(lines_of_mail(text)).read(null);
}

class MailReader {
  constructor(lines) {
    this.lines = lines;
    this.at = 0;
    /** Each says whether a line ends the part that is being read. */
    this.ends = [];
  }

  /** The next line of the part; null at its end. */
  next() {
    if (this.at >= this.lines.length) return null;
    const line = this.lines[this.at];
    if (this.ends.some((ends) => ends(line))) return null;
    this.at++;
    return line;
  }

  read(kind) {
    const mail = { headers: [], kind, parts: null, words: "" };
    const lines = [];
    for (let line = this.next(); line !== null; line = this.next()) {
      if (!HEADER_LINE.test(line)) {
        if (!/^(?:\r\n|\r|\n)/.test(line)) this.at--;
        break;
      }
      lines.push(line);
    }
    this._headers(mail, lines);
    const type = content_type(mail);
    if (type === "message/delivery-status") {
      mail.parts = [];
      for (;;) {
        this.ends.push((line) => /^(?:\r\n|\r|\n)/.test(line));
        const part = this.read(null);
        this.ends.pop();
        mail.parts.push(part);
        if (this.next() === null) break; // The empty line, or the end.
        if (this.at >= this.lines.length || this.ends.some((ends) => ends(this.lines[this.at]))) break;
      }
      return mail;
    }
    if (type.startsWith("message/")) {
      mail.parts = [this.read(null)];
      return mail;
    }
    const boundary = type.startsWith("multipart/") ? parameter(mail, "content-type", "boundary") : null;
    if (boundary === null) {
      mail.words = this._rest();
      return mail;
    }
    this._multipart(mail, rstrip(unquoted(boundary)));
    return mail;
  }

  _rest() {
    const lines = [];
    for (let line = this.next(); line !== null; line = this.next()) lines.push(line);
    return lines.join("");
  }

  _multipart(mail, boundary) {
    const mark = new RegExp(`^--${escaped(boundary)}(--)?([ \\t]*)(\\r\\n|\\r|\\n)?$`);
    let begun = false;
    let closed = false;
    const before = [];
    mail.parts = [];
    for (let line = this.next(); line !== null; line = this.next()) {
      const found = mark.exec(line);
      if (!found) {
        if (!begun) before.push(line);
        continue;
      }
      if (found[1]) {
        closed = true;
        break;
      }
      if (!begun) {
        begun = true;
        this.at--;
        continue;
      }
      while (this.at < this.lines.length && this._is_mark(mark)) this.at++;
      this.ends.push((one) => mark.test(one));
      const usual = content_type(mail) === "multipart/digest" ? "message/rfc822" : null;
      const part = this.read(usual);
      this.ends.pop();
      if (part.parts === null) part.words = part.words.replace(/(?:\r\n|\r|\n)$/, "");
      mail.parts.push(part);
    }
    if (!begun) {
      mail.parts = null;
      mail.words = before.join("");
    }
    if (closed || !begun) while (this.next() !== null);
  }

  _is_mark(mark) {
    const line = this.lines[this.at];
    return mark.test(line) && !this.ends.some((ends) => ends(line));
  }

  _headers(mail, lines) {
    let name = "";
    let said = [];
    const keep = () => {
      if (name) mail.headers.push([name.toLowerCase(), said.join("").replace(/^[ \t]+/, "").replace(/[\r\n]+$/, "")]);
      [name, said] = ["", []];
    };
    lines.forEach((line, number) => {
      if (line[0] === " " || line[0] === "\t") {
        if (name) said.push(line);
        return;
      }
      keep();
      if (line.startsWith("From ") && (number === 0 || number === lines.length - 1)) {
        if (number && lines.length - 1 === number) this.at--;
        return;
      }
      const at = line.indexOf(":");
      if (at <= 0) return;
      name = line.slice(0, at);
      said = [line.slice(at + 1)];
    });
    keep();
  }
}

function header(mail, name) {
  return mail.headers.find(([known]) => known === name)?.[1].replace(/[\x80-\xff]/g, "\ufffd") ?? null;
}

/** All headers of a name. */
function headers(mail, name) {
  return mail.headers.filter(([known]) => known === name.toLowerCase()).map(([, value]) => value.replace(/[\x80-\xff]/g, "\ufffd"));
}

/** A header's parts between semicolons that stand in no quotes. */
function parts_of_header(value) {
  const found = [];
  let rest = `;${value}`;
  while (rest[0] === ";") {
    rest = rest.slice(1);
    let end = rest.indexOf(";");
    while (end > 0 && (count_of(rest.slice(0, end), '"') - count_of(rest.slice(0, end), '\\"')) % 2) {
      end = rest.indexOf(";", end + 1);
    }
    if (end < 0) end = rest.length;
    let part = rest.slice(0, end);
    if (part.includes("=")) {
      const at = part.indexOf("=");
      part = `${strip(part.slice(0, at)).toLowerCase()}=${strip(part.slice(at + 1))}`;
    }
    found.push(strip(part));
    rest = rest.slice(end);
  }
  return found;
}

function content_type(mail) {
  const value = header(mail, "content-type");
  if (value === null) return mail.kind ?? "text/plain";
  const type = strip(partition(value, ";")[0]).toLowerCase();
  return count_of(type, "/") === 1 ? type : "text/plain";
}

function unquoted(value) {
  if (value.length > 1 && value.startsWith('"') && value.endsWith('"')) {
    return value.slice(1, -1).replaceAll("\\\\", "\\").replaceAll('\\"', '"');
  }
  return value.length > 1 && value.startsWith("<") && value.endsWith(">") ? value.slice(1, -1) : value;
}

/** A parameter of a header, also in pieces and with its own encoding (RFC 2231); null where it is not there. */
function parameter(mail, name_of_header, name) {
  const value = header(mail, name_of_header);
  if (value === null) return null;
  const pieces = [];
  for (const part of parts_of_header(value)) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    const found = /^(.*?)(?:\*([0-9]+))?(\*)?$/.exec(strip(part.slice(0, at)));
    const said = unquoted(strip(part.slice(at + 1)));
    if (found === null || found[1] !== name) continue;
    if (!found[2] && !found[3]) return said;
    pieces.push([Number(found[2] ?? 0), said, Boolean(found[3])]);
  }
  if (!pieces.length) return null;
  pieces.sort(([one], [other]) => one - other);
  const whole = pieces
    .map(([, said, spelt]) => (spelt ? said.replace(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16))) : said))
    .join("");
  if (!pieces.some(([, , spelt]) => spelt)) return whole;
  const parts = whole.split("'");
  return parts.length > 2 ? parts.slice(2).join("'") : whole;
}

/** The name under which a part is attached. */
function attached_name(mail) {
  const named = parameter(mail, "content-disposition", "filename") ?? parameter(mail, "content-type", "name");
  return named === null ? "" : strip(unquoted(named));
}

/** A mail and all its parts, in order. */
function* parts_of_mail(mail) {
  const left = [mail];
  while (left.length) {
    const one = left.pop();
    yield one;
    for (let at = (one.parts ?? []).length - 1; at >= 0; at--) left.push(one.parts[at]);
  }
}

/** What a part holds, decoded; null of one that has parts. */
function payload(mail) {
  if (mail.parts !== null) return null;
  const encoding = (header(mail, "content-transfer-encoding") ?? "").toLowerCase();
  if (encoding === "quoted-printable") return from_latin1(unquote_printable(mail.words));
  if (encoding === "base64") return from_latin1(unpack_base64(mail.words.split(LINE_END).join("")));
  return from_latin1(mail.words);
}

/** Quoted-printable, as binascii reads it. */
function unquote_printable(words) {
  let said = "";
  for (let at = 0; at < words.length; ) {
    if (words[at] !== "=") {
      said += words[at++];
      continue;
    }
    if (++at >= words.length) break;
    if (words[at] === "\n" || words[at] === "\r") {
      if (words[at] !== "\n") while (at < words.length && words[at] !== "\n") at++;
      at++;
    } else if (words[at] === "=") {
      said += "=";
      at++;
    } else if (/^[0-9A-Fa-f]{2}/.test(words.slice(at, at + 2))) {
      said += String.fromCharCode(parseInt(words.slice(at, at + 2), 16));
      at += 2;
    } else said += "=";
  }
  return said;
}

/** Base64 as the email package reads it: first strictly, then as far as it can. */
function unpack_base64(encoded) {
  const padded = encoded + "===".slice(0, encoded.length % 4 ? 4 - (encoded.length % 4) : 0);
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(padded) && padded.length % 4 === 0) return atob(padded);
  return loose_base64(encoded) ?? loose_base64(`${encoded}==`) ?? encoded;
}

function loose_base64(encoded) {
  let [said, bits, held, padding] = ["", 0, 0, 0];
  for (const letter of encoded) {
    if (letter === "=") {
      if (held >= 2 && held + ++padding >= 4) return said;
      continue;
    }
    const value = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(letter);
    if (value < 0) continue;
    padding = 0;
    bits = ((bits << 6) | value) & 0xffffff;
    held = (held + 1) % 4;
    if (held === 0) said += String.fromCharCode((bits >> 0) & 0xff);
    else if (held > 1) said += String.fromCharCode((bits >> (held === 2 ? 4 : 2)) & 0xff);
  }
  return held === 0 ? said : null;
}

/** Base64 with its padding, whose last bits may be anything; null of anything else. */
function loosely_padded(encoded) {
  if (encoded.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return null;
  try {
    return from_latin1(atob(encoded));
  } catch {
    return null;
  }
}
