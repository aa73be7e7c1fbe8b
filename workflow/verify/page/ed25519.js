// --- ed25519: Ed25519 signatures (RFC 8032) in plain numbers; it checks and never signs

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = modulo(-121665n * power(121666n, P - 2n));
const ZERO = [0n, 1n, 1n, 0n];

function modulo(number) {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
}

function power(base, exponent) {
  let found = 1n;
  for (base = modulo(base); exponent; exponent >>= 1n) {
    if (exponent & 1n) found = (found * base) % P;
    base = (base * base) % P;
  }
  return found;
}

/** Add two points in extended coordinates (RFC 8032, 5.1.4). */
function _add(one, other) {
  const [x1, y1, z1, t1] = one;
  const [x2, y2, z2, t2] = other;
  const a = modulo((y1 - x1) * (y2 - x2));
  const b = modulo((y1 + x1) * (y2 + x2));
  const c = modulo(2n * D * t1 * t2);
  const d = modulo(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
}

function from_little(bytes) {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse()) || "0"}`);
}

function to_little(number) {
  return from_hex(number.toString(16).padStart(64, "0")).reverse();
}

/** Read a point in its one spelling (RFC 8032, 5.1.3), or null. */
function _decode_point(encoded) {
  if (encoded.length !== 32) return null;
  let y = from_little(encoded);
  const sign = y >> 255n;
  y &= (1n << 255n) - 1n;
  const u = modulo(y * y - 1n);
  const v = modulo(D * y * y + 1n);
  let x = modulo(u * v ** 3n * power(u * v ** 7n, (P - 5n) / 8n));
  if (modulo(v * x * x) !== u) x = modulo(x * power(2n, (P - 1n) / 4n));
  if (y >= P || modulo(v * x * x) !== u || (x === 0n && sign)) return null;
  x = (x & 1n) !== sign ? P - x : x;
  return [x, y, 1n, modulo(x * y)];
}

const KNOWN_MULTIPLES = new Map();

/** Row i holds 0 to 15 times 16**i times the point: a product is then 64 additions, which a few notes repay. */
function _multiples(point) {
  const known = point.join();
  if (!KNOWN_MULTIPLES.has(known)) {
    if (KNOWN_MULTIPLES.size >= 8) KNOWN_MULTIPLES.delete(KNOWN_MULTIPLES.keys().next().value);
    const rows = [];
    for (let number = 0; number < 64; number++) {
      const row = [ZERO];
      for (let times = 0; times < 15; times++) row.push(_add(row[times], point));
      rows.push(row);
      point = _add(row[15], point);
    }
    KNOWN_MULTIPLES.set(known, rows);
  }
  return KNOWN_MULTIPLES.get(known);
}

/** Whether the Ed25519 signature of a message holds: strict, without cofactor, as OpenSSL and Go check it. */
function is_signed(public_half, signature, message) {
  const key = _decode_point(public_half);
  const base = _decode_point(to_little(modulo(4n * power(5n, P - 2n))));
  if (key === null || base === null || signature.length !== 64) return false;
  const scalar = from_little(signature.subarray(32));
  if (scalar >= ORDER) return false;
  const hashed = sha512(joined_bytes(signature.subarray(0, 32), public_half, message));
  const challenge = from_little(hashed) % ORDER;
  let total = ZERO;
  const minus = [modulo(P - key[0]), key[1], 1n, modulo(P - key[3])];
  for (const [point, factor] of [[base, scalar], [minus, challenge]]) {
    const digits = [...factor.toString(16).padStart(64, "0")].reverse();
    _multiples(point).forEach((row, number) => (total = _add(total, row[parseInt(digits[number], 16)])));
  }
  const inverse = power(total[2], P - 2n);
  const x = modulo(total[0] * inverse);
  const y = modulo(total[1] * inverse);
  return same_bytes(to_little(y | ((x & 1n) << 255n)), signature.subarray(0, 32));
}
