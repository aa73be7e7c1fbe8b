// --- links: where links lead: an address as Markdown prints it and as it is followed (RFC 3986; host names by RFC 3492)

const KEPT = /[;/?:@&=+$,\-_.!~*'()#A-Za-z0-9]/;
const SPELT_OUT = /%[0-9A-Fa-f]{2}|[^]/gu;
const NOT_IN_HOSTS = /[%/?;#'{}|\\^`<>" \r\n\t]/;
const HOST_PART = /^[+a-z0-9A-Z_-]{0,63}/;
const SLASHED = ["http:", "https:", "ftp:", "gopher:", "file:"];
const ASCII_HOSTS = ["", "http:", "https:", "mailto:"];
const REFUSED = /^(vbscript|javascript|file|data):/;
const DATA_PICTURE = /^data:image\/(gif|png|jpeg|webp);/;
const FOLLOWED =
  /^(?:(?:https?|ftp):\/\/[a-z0-9_.-]+(?::[0-9]{1,5})?(?=[/?#]|$)|mailto:|tel:)[!#-;=?-Z_a-z~]*$/i;
const LONGEST_TARGET = 2000;

/** An address in its parts (protocol, slashes, auth, host, port, rest); joined, they are the address. */
class Address {
  constructor(protocol = "", slashes = "", auth = "", host = "", port = "", rest = "") {
    Object.assign(this, { protocol, slashes, auth, host, port, rest });
  }

  /** Return it whole. */
  joined() {
    const auth = this.auth ? `${this.auth}@` : "";
    const host = this.host.includes(":") ? `[${this.host}]` : this.host;
    const port = this.port ? `:${this.port}` : "";
    return `${this.protocol}${this.slashes}${auth}${host}${port}${this.rest}`;
  }
}

/** Return a target as it is followed: in ASCII, what may not stand in an address spelt out. */
function written(said) {
  const address = _with_host(_parted(said), _to_ascii);
  if (address.host.includes(":")) {
    const { protocol, slashes, auth, host, port, rest } = address;
    return new Address(_encoded(protocol), slashes, _encoded(auth), _encoded(host), port, _encoded(rest)).joined();
  }
  return _encoded(address.joined());
}

/** Return an address as it is printed: what is spelt out in letters again. */
function readable(said) {
  return _decoded(_with_host(_parted(said), _to_letters).joined());
}

/** Whether a target would run a program, and so is no link. */
function is_refused(target) {
  const plain = strip(target).toLowerCase();
  return REFUSED.test(plain) && !DATA_PICTURE.test(plain);
}

/** Whether a target can be followed from a document; else it is printed behind its words. */
function leads_somewhere(target) {
  return target.length <= LONGEST_TARGET && FOLLOWED.test(target);
}

function _parted(said) {
  let rest = strip(said);
  const found = /^[a-z0-9.+\-\u0130\u0131]+:/iu.exec(rest);
  const protocol = found ? found[0] : "";
  rest = rest.slice(protocol.length);
  const slashes = rest.startsWith("//") && protocol !== "javascript:";
  if (slashes) rest = rest.slice(2);
  if (protocol === "javascript:" || !(slashes || (protocol && !SLASHED.includes(protocol)))) {
    return new Address(protocol, slashes ? "//" : "", "", "", "", rest);
  }
  const ends = [..."/?#"].map((mark) => rest.indexOf(mark)).filter((place) => place !== -1);
  const at = (ends.length ? rest.slice(0, Math.min(...ends) + 1) : rest).lastIndexOf("@");
  let auth = "";
  if (at !== -1) [auth, rest] = [rest.slice(0, at), rest.slice(at + 1)];
  const other = rest.search(NOT_IN_HOSTS);
  let end = other < 0 ? rest.length : other;
  if (end > 0 && rest[end - 1] === ":") end--;
  let host = rest.slice(0, end);
  rest = rest.slice(end);
  const port = /:[0-9]*$/.exec(host);
  if (port) host = host.slice(0, port.index);
  if (host.startsWith("[") && host.endsWith("]")) host = length_of(host) <= 255 ? host.slice(1, -1) : "";
  else [host, rest] = _checked(host, rest);
  return new Address(protocol, slashes ? "//" : "", auth, host, port ? port[0].slice(1) : "", rest);
}

/** A host name as far as it is one. */
function _checked(host, rest) {
  const parts = host.split(".");
  for (const [number, part] of parts.entries()) {
    if (part && !full_match(HOST_PART, part.replace(/[^\0-\x7f]/gu, "x"))) {
      const taken = HOST_PART.exec(part)[0];
      // Parts are joined again with what follows, as markdown-it's own parser does.
      host = [...parts.slice(0, number), taken].join(".");
      rest = [part.slice(taken.length), ...parts.slice(number + 1)].join(".") + rest;
      break;
    }
  }
  return [length_of(host) <= 255 ? host : "", rest];
}

function _with_host(address, change) {
  if (!address.host || !ASCII_HOSTS.includes(address.protocol)) return address;
  const host = change(address.host);
  return host === null ? address : Object.assign(new Address(), address, { host });
}

const DOTS = /[.\u3002\uff0e\uff61]/;

function _to_ascii(host) {
  return host
    .split(DOTS)
    .map((part) => (/[^\0-\x7e]/.test(part) ? `xn--${to_punycode(part)}` : part))
    .join(".");
}

function _to_letters(host) {
  const parts = host.split(DOTS).map((p) => (p.startsWith("xn--") ? from_punycode(p.slice(4).toLowerCase()) : p));
  return parts.includes(null) ? null : parts.join(".");
}

function _encoded(words) {
  return words.replace(SPELT_OUT, (found) => {
    if (found.length > 2 || KEPT.test(found)) return found;
    return [...utf8_of(found)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

function _decoded(words) {
  return words.replace(/(?:%[0-9A-Fa-f]{2})+/g, _letters);
}

/** What a run of %.. stands for, but for the signs that part an address; what is no UTF-8 is U+FFFD. */
function _letters(spelt) {
  let kept = "";
  for (let number = 0; number < spelt.length; number += 3) {
    const code = spelt.slice(number, number + 3);
    const sign = String.fromCharCode(parseInt(code.slice(1), 16));
    kept += ";/?:@&=+$,#%".includes(sign) ? code.toUpperCase() : sign;
  }
  return decoded(from_latin1(kept));
}

// Punycode (RFC 3492), as Python's codec has it.

function adapted(delta, first, count) {
  delta = Math.floor(delta / (first ? 700 : 2));
  delta += Math.floor(delta / count);
  let divisions = 0;
  for (; delta > 455; divisions += 36) delta = Math.floor(delta / 35);
  return divisions + Math.floor((36 * delta) / (delta + 38));
}

function threshold(place, bias) {
  return Math.min(26, Math.max(1, 36 * (place + 1) - bias));
}

function to_punycode(text) {
  const codes = Array.from(text, (letter) => letter.codePointAt(0));
  const base = codes.filter((code) => code < 128);
  let [said, delta, bias, known, count] = ["", 0, 72, 128, base.length];
  while (count < codes.length) {
    const next = greatest(codes.filter((code) => code >= known).map((code) => -code)) * -1;
    delta += (next - known) * (count + 1);
    known = next;
    for (const code of codes) {
      if (code < known) delta++;
      if (code !== known) continue;
      let left = delta;
      for (let place = 0; ; place++) {
        const t = threshold(place, bias);
        const digit = left < t ? left : t + ((left - t) % (36 - t));
        said += "abcdefghijklmnopqrstuvwxyz0123456789"[digit];
        if (left < t) break;
        left = Math.floor((left - t) / (36 - t));
      }
      bias = adapted(delta, count === base.length, count + 1);
      delta = 0;
      count++;
    }
    delta++;
    known++;
  }
  return (base.length ? `${String.fromCharCode(...base)}-` : "") + said;
}

/** The text of Punycode; null where it is none. */
function from_punycode(text) {
  if (/[^\0-\x7f]/.test(text)) return null;
  const at = text.lastIndexOf("-");
  const codes = at < 0 ? [] : Array.from(text.slice(0, at), (letter) => letter.charCodeAt(0));
  const digits = text.slice(at + 1).toUpperCase();
  let [code, place, bias, read] = [128, -1, 72, 0];
  while (read < digits.length) {
    const first = read === 0;
    let [delta, weight] = [0, 1];
    for (let number = 0; ; number++) {
      if (read >= digits.length) return null;
      const digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".indexOf(digits[read++]);
      if (digit < 0) return null;
      const t = threshold(number, bias);
      delta += digit * weight;
      if (digit < t) break;
      weight *= 36 - t;
      if (delta > 2 ** 46 || weight > 2 ** 46) return null; // Beyond any character.
    }
    place += delta + 1;
    code += Math.floor(place / (codes.length + 1));
    if (code > 0x10ffff) return null;
    place %= codes.length + 1;
    // Half a character can stand in no document: neither does U+FFFF, which is left out there.
    codes.splice(place, 0, code >= 0xd800 && code <= 0xdfff ? 0xffff : code);
    bias = adapted(delta, first, codes.length);
  }
  return codes.map((one) => String.fromCodePoint(one)).join("");
}
