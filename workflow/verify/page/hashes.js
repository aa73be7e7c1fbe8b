// --- hashes: SHA-256 and SHA-512 (FIPS 180-4) and CRC-32, at once and not later: WebCrypto would answer later

const PRIMES = (() => {
  const found = [];
  for (let number = 2; found.length < 80; number++) if (found.every((prime) => number % prime)) found.push(number);
  return found;
})();

/** The first 64 bits of the fraction of a prime's square or cube root. */
function fraction_of_root(prime, degree) {
  // The integer root of prime * 2**(64 * degree), by halving.
  const wanted = BigInt(prime) << BigInt(64 * degree);
  let low = 0n;
  let high = 1n << 70n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(degree) <= wanted) low = middle;
    else high = middle;
  }
  return low & 0xffffffffffffffffn;
}

const ROUNDS_512 = PRIMES.map((prime) => fraction_of_root(prime, 3));
const START_512 = PRIMES.slice(0, 8).map((prime) => fraction_of_root(prime, 2));
const START_384 = PRIMES.slice(8, 16).map((prime) => fraction_of_root(prime, 2));
const ROUNDS_256 = Int32Array.from(ROUNDS_512.slice(0, 64), (value) => Number(value >> 32n));
const START_256 = Int32Array.from(START_512, (value) => Number(value >> 32n));

/** Return the SHA-256 of bytes. */
function sha256(bytes) {
  const length = bytes.length;
  const tail = new Uint8Array(length % 64 < 56 ? 64 : 128);
  tail.set(bytes.subarray(length - (length % 64)));
  tail[length % 64] = 0x80;
  const end = new DataView(tail.buffer);
  end.setUint32(tail.length - 8, Math.floor(length / 0x20000000));
  end.setUint32(tail.length - 4, (length << 3) >>> 0);
  const state = START_256.slice();
  const words = new Int32Array(64);
  for (let at = 0; at + 64 <= length; at += 64) block_256(state, words, bytes, at);
  for (let at = 0; at < tail.length; at += 64) block_256(state, words, tail, at);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  for (let at = 0; at < 8; at++) view.setInt32(4 * at, state[at]);
  return digest;
}

function block_256(state, words, bytes, at) {
  for (let t = 0; t < 16; t++, at += 4) {
    words[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let t = 16; t < 64; t++) {
    const x = words[t - 15];
    const y = words[t - 2];
    const one = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const two = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[t] = (words[t - 16] + one + words[t - 7] + two) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const one = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + one + ((e & f) ^ (~e & g)) + ROUNDS_256[t] + words[t]) | 0;
    const two = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (two + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function sha256_hex(bytes) {
  return hex(sha256(bytes));
}

/** Return the SHA-512 of bytes; for short ones, as those of a signature are. */
function sha512(bytes, start = START_512) {
  const ones = 0xffffffffffffffffn;
  const length = bytes.length;
  const padded = new Uint8Array(Math.ceil((length + 17) / 128) * 128);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(length) * 8n);
  const turned = (value, by) => ((value >> by) | (value << (64n - by))) & ones;
  const state = start.slice();
  for (let at = 0; at < padded.length; at += 128) {
    const words = [];
    for (let t = 0; t < 16; t++) words.push(view.getBigUint64(at + 8 * t));
    for (let t = 16; t < 80; t++) {
      const x = words[t - 15];
      const y = words[t - 2];
      const one = turned(x, 1n) ^ turned(x, 8n) ^ (x >> 7n);
      const two = turned(y, 19n) ^ turned(y, 61n) ^ (y >> 6n);
      words.push((words[t - 16] + one + words[t - 7] + two) & ones);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t++) {
      const one = turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n);
      const first = (h + one + ((e & f) ^ (~e & ones & g)) + ROUNDS_512[t] + words[t]) & ones;
      const two = turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n);
      const second = (two + ((a & b) ^ (a & c) ^ (b & c))) & ones;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & ones, c, b, a, (first + second) & ones];
    }
    [a, b, c, d, e, f, g, h].forEach((value, number) => (state[number] = (state[number] + value) & ones));
  }
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((value, number) => digest.setBigUint64(8 * number, value));
  return new Uint8Array(digest.buffer);
}

function sha384(bytes) {
  return sha512(bytes, START_384).subarray(0, 48);
}

const CRC_OF_BYTES = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** Return the CRC-32 of bytes, as zip files have it. */
function crc32(bytes) {
  let crc = -1;
  for (let at = 0; at < bytes.length; at++) crc = (crc >>> 8) ^ CRC_OF_BYTES[(crc ^ bytes[at]) & 0xff];
  return (crc ^ -1) >>> 0;
}
