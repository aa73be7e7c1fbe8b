// --- der: what a time stamp is written in: DER, certificates (X.509), and the signatures by their keys

const [BASIC_CONSTRAINTS, USES, STAMPING, COMMON_NAME] = ["2.5.29.19", "2.5.29.37", "1.3.6.1.5.5.7.3.8", "2.5.4.3"];
const SHA = new Map(["sha256", "sha384", "sha512"].map((name, n) => [`2.16.840.1.101.3.4.2.${n + 1}`, name]));
const RSA = "1.2.840.113549.1.1.1";
const RSA_WITH = new Map([...SHA.values()].map((name, n) => [`1.2.840.113549.1.1.${11 + n}`, name]));
const ECDSA_WITH = new Map([...SHA.values()].map((name, n) => [`1.2.840.10045.4.3.${2 + n}`, name]));
const LONGEST_CHAIN = 5;

/** A signature of a kind that cannot be checked here; the sentence says why. */
class NotCheckedError extends Error {}

/** Bytes that are not what they must be. */
class DerError extends Error {}

/** One value: its tag, its bytes with tag and length, and what is in it. */
class Der {
  constructor(tag, whole, content) {
    Object.assign(this, { tag, whole, content });
  }

  /** The value of so many within it. Throws DerError. */
  at(number) {
    const found = der_values(this.content).at(number);
    if (found === undefined) throw new DerError("a part is missing");
    return found;
  }

  /** The name of what it stands for, in numbers. */
  get oid() {
    const numbers = [];
    let value = 0n;
    for (const byte of this.tag === 6 && this.content.length < 40 ? this.content : []) {
      value = (value << 7n) | BigInt(byte & 127);
      if (byte & 128) continue;
      const first = value / 40n < 2n ? value / 40n : 2n;
      numbers.push(...(numbers.length ? [value] : [first, value - 40n * first]));
      value = 0n;
    }
    return numbers.join(".");
  }
}

/** Return the values that stand one after the other. Throws DerError. */
function der_values(content) {
  const found = [];
  for (let at = 0; at < content.length; ) {
    const tag = content[at];
    let [length, begin] = [content[at + 1] ?? 0, at + 2];
    if (length > 127) {
      const count = length - 128;
      length = content.subarray(begin, begin + count).reduce((sum, byte) => (sum * 256 + byte) % 2 ** 40, 0);
      begin += count;
      if (!(0 < count && count <= 4) || length < 128 || Math.floor(length / 256 ** (count - 1)) === 0) {
        throw new DerError("a length that DER does not have");
      }
    }
    if (begin + length > content.length || begin < at + 2) throw new DerError("it is cut off");
    found.push(new Der(tag, content.subarray(at, begin + length), content.subarray(begin, begin + length)));
    at = begin + length;
  }
  return found;
}

function _inside(content) {
  const found = der_values(content);
  if (found.length !== 1) throw new DerError("more than one value");
  return der_values(found[0].content);
}

/** A time of a certificate or a stamp: YYYYMMDDHHMMSS. */
function der_time(value) {
  let digits = latin1(value.content);
  if (value.tag === 0x17) digits = (digits.slice(0, 2) >= "50" ? "19" : "20") + digits;
  const [whole, , fraction] = partition(digits.slice(0, -1), ".");
  if (whole.length !== 14 || !/^[0-9]+$/.test(whole + fraction) || !digits.endsWith("Z")) {
    throw new DerError("a time in another spelling than the one allowed");
  }
  return whole;
}

/** A certificate (X.509), as far as a time stamp needs it. */
class Certified {
  /** Read one. Throws DerError. */
  static read(content) {
    const parts = _inside(content);
    if (parts.length !== 3) throw new DerError("it is no certificate");
    const [signed, algorithm, signature] = parts;
    const fields = der_values(signed.content).filter((value) => value.tag !== 0xa0);
    if (fields.length < 6) throw new DerError("it is no certificate");
    const said = new Map();
    for (const value of fields.slice(6).filter((one) => one.tag === 0xa3)) {
      for (const one of der_values(value.at(0).content)) said.set(one.at(0).oid, first_value(one.at(-1).content));
    }
    const [basic, uses] = [said.get(BASIC_CONSTRAINTS), said.get(USES)];
    const may = uses === undefined ? [] : der_values(uses.content).map((use) => use.oid);
    return Object.assign(new Certified(), {
      whole: content,
      signed: signed.whole,
      serial: fields[0].content,
      issuer: fields[2].whole,
      subject: fields[4],
      since: der_time(fields[3].at(0)),
      until: der_time(fields[3].at(1)),
      key: fields[5],
      algorithm: algorithm.at(0).oid,
      signature: signature.content.subarray(1),
      is_authority: basic !== undefined && hex(basic.content).startsWith("0101ff"),
      may_stamp: may.length === 1 && may[0] === STAMPING,
    });
  }

  /** Whose it is. */
  get name() {
    const names = der_values(this.subject.content).flatMap((group) => der_values(group.content));
    const best = names.filter((part) => part.at(0).oid === COMMON_NAME);
    const last = best.length ? best[best.length - 1] : names[names.length - 1];
    return last === undefined ? "somebody without a name" : decoded(last.at(1).content);
  }
}

function first_value(content) {
  const [first] = der_values(content);
  if (first === undefined) throw new DerError("a part is missing");
  return first;
}

/** Read a file of certificates, as PEM or one as DER; returns each as DER. Throws InputError. */
function read_certificates(content) {
  const found = latin1(content)
    .split("-----BEGIN CERTIFICATE-----")
    .slice(1)
    .map((one) => loose_base64(partition(one, "-----END")[0]));
  try {
    if (found.includes(null)) throw new DerError("it is cut off");
    const ders = found.length ? found.map(from_latin1) : [content];
    return ders.map((der) => Certified.read(der).whole);
  } catch (fault) {
    if (!(fault instanceof DerError)) throw fault;
    throw new InputError("There is no certificate in this file. Give the one of the time-stamp server.");
  }
}

/** Whether a certificate was given, or one that signed it was, step by step; all were valid at that time. */
function leads(first, given, inside, at) {
  let one = first;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    if (!(one.since <= at && at <= one.until)) return false;
    if (given.some((known) => same_bytes(known.whole, one.whole))) return true;
    const { issuer, algorithm, signature, signed } = one;
    const above = [...given, ...inside].filter((up) => up.is_authority && same_bytes(up.subject.whole, issuer));
    one = above.slice(0, 8).find((up) => holds(up.key, algorithm, signature, signed));
    if (one === undefined) return false;
  }
  return false;
}

/** Whether a signature by RSA (PKCS #1 v1.5) or ECDSA holds. Throws NotCheckedError for what cannot be told here. */
function holds(key, algorithm, signature, signed) {
  if (RSA_WITH.has(algorithm) && key.at(0).at(0).oid === RSA) {
    const parts = _inside(key.at(1).content.subarray(1));
    if (parts.length !== 2) throw new DerError("it is no key");
    const [modulus, exponent] = parts.map((part) => from_big(part.content));
    return _holds_rsa(modulus, exponent, signature, RSA_WITH.get(algorithm), signed);
  }
  if (!ECDSA_WITH.has(algorithm)) {
    throw new NotCheckedError(`its signature was not checked: it is of a kind (${algorithm}) that is not read here`);
  }
  try {
    return _holds_ecdsa(key, signature, digest_of(ECDSA_WITH.get(algorithm), signed));
  } catch (fault) {
    if (!(fault instanceof DerError)) throw fault;
    return false;
  }
}

/** RFC 8017, 8.2.2: what the signature is of must be, byte for byte, what whoever signs makes. */
function _holds_rsa(modulus, exponent, signature, name, signed) {
  const [size, made] = [Math.ceil(bits_of(modulus) / 8), from_big(signature)];
  if (!(256 <= size && size <= 1024) || !(1n < exponent && exponent < 1n << 33n)) return false;
  if (signature.length !== size || made >= modulus) return false;
  const digest = digest_of(name, signed);
  const number = { sha256: 1, sha384: 2, sha512: 3 }[name];
  const value = Uint8Array.of(0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, number, 5, 0, 4, digest.length, ...digest);
  const whole = joined_bytes(Uint8Array.of(0x30, value.length), value);
  const filled_up = new Uint8Array(size - whole.length - 3).fill(0xff);
  const due = joined_bytes(Uint8Array.of(0, 1), filled_up, Uint8Array.of(0), whole);
  return modular_power(made, exponent, modulus) === from_big(due);
}

/** The curves of NIST (SP 800-186): a prime, a, b, the order and the base point. */
const CURVES = new Map(
  [
    [
      "1.2.840.10045.3.1.7",
      "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
      "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
      "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
      "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ],
    [
      "1.3.132.0.34",
      "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
      "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
      "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
      "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
      "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    ],
    [
      "1.3.132.0.35",
      `01${"ff".repeat(65)}`,
      "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
      `01${"ff".repeat(32)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
      "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
      "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    ],
  ].map(([name, ...numbers]) => {
    const [p, b, order, x, y] = numbers.map((number) => BigInt(`0x${number}`));
    return [name, { p, a: p - 3n, b, order, base: [x, y] }];
  }),
);
const ON_CURVES = "1.2.840.10045.2.1";

function _holds_ecdsa(key, signature, digest) {
  if (key.at(0).at(0).oid !== ON_CURVES) return false;
  const curve = CURVES.get(key.at(0).at(1).oid);
  if (curve === undefined) {
    throw new NotCheckedError("its signature was not checked: it is by a curve that is not read here");
  }
  const parts = _inside(signature);
  if (parts.length !== 2) return false;
  const [r, s] = parts.map((part) => (part.tag === 2 && part.content[0] < 0x80 ? from_big(part.content) : 0n));
  const point = point_of(key.at(1).content.subarray(1), curve);
  if (point === null || !(0n < r && r < curve.order) || !(0n < s && s < curve.order)) return false;
  const extra = Math.max(0, digest.length * 8 - bits_of(curve.order));
  const number = from_big(digest) >> BigInt(extra);
  const inverse = modular_power(s, curve.order - 2n, curve.order);
  const sum = added_points(
    times_point((number * inverse) % curve.order, curve.base, curve),
    times_point((r * inverse) % curve.order, point, curve),
    curve,
  );
  return sum !== null && sum[0] % curve.order === r;
}

/** A point in its long or short spelling (SEC 1, 2.3.4); null where it is none of the curve. */
function point_of(bytes, { p, a, b }) {
  const size = Math.ceil(bits_of(p) / 8);
  const x = from_big(bytes.subarray(1, 1 + size));
  const square = (x * x * x + a * x + b) % p;
  let y;
  if (bytes[0] === 4 && bytes.length === 1 + 2 * size) y = from_big(bytes.subarray(1 + size));
  else if ((bytes[0] === 2 || bytes[0] === 3) && bytes.length === 1 + size) {
    y = modular_power(square, (p + 1n) / 4n, p);
    if ((y & 1n) !== BigInt(bytes[0] & 1)) y = (p - y) % p;
  } else return null;
  return x < p && y < p && (y * y) % p === square ? [x, y] : null;
}

function added_points(one, other, { p, a }) {
  if (one === null) return other;
  if (other === null) return one;
  const [[x1, y1], [x2, y2]] = [one, other];
  if (x1 === x2 && (y1 + y2) % p === 0n) return null;
  const same = x1 === x2;
  const [above, below] = same ? [3n * x1 * x1 + a, 2n * y1] : [y2 - y1, x2 - x1];
  const slope = (above * modular_power(((below % p) + p) % p, p - 2n, p)) % p;
  const x = (((slope * slope - x1 - x2) % p) + p) % p;
  return [x, (((slope * (x1 - x) - y1) % p) + p) % p];
}

function times_point(factor, point, curve) {
  let sum = null;
  for (const bit of factor.toString(2)) {
    sum = added_points(sum, sum, curve);
    if (bit === "1") sum = added_points(sum, point, curve);
  }
  return sum;
}

function from_big(bytes) {
  return BigInt(`0x${hex(bytes) || "0"}`);
}

function bits_of(number) {
  return number ? number.toString(2).length : 0;
}

function modular_power(base, exponent, modulus) {
  let found = 1n;
  for (base %= modulus; exponent; exponent >>= 1n) {
    if (exponent & 1n) found = (found * base) % modulus;
    base = (base * base) % modulus;
  }
  return found;
}

/** Return a digest by the name of its function. */
function digest_of(name, content) {
  return { sha256, sha384, sha512: (bytes) => sha512(bytes) }[name](content);
}
