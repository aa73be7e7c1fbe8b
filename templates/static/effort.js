/* Finds the number for which SHA-256 of a challenge of 64 characters and the number begins with so many zero bits. The
   first block is the same for all numbers, so it is hashed once. */
"use strict";

const K = new Uint32Array(64);
const START = new Uint32Array(8);
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (root) => ((root - Math.floor(root)) * 4294967296) >>> 0;
primes.forEach((p, i) => { K[i] = fraction(Math.cbrt(p)); if (i < 8) START[i] = fraction(Math.sqrt(p)); });

const W = new Uint32Array(64);

/* Puts one block, in the first 16 words of W, into a state. */
const compress = (from, into) => {
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = W[i - 16] + s0 + W[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = from;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { into[i] = from[i] + word; });
};

/* Writes characters into W, from a byte on. */
const put = (text, from) => {
  for (let i = 0; i < text.length; i++) {
    const at = from + i;
    W[at >> 2] |= text.charCodeAt(i) << (24 - 8 * (at & 3));
  }
};

const solve = (challenge) => {
  const bits = parseInt(challenge.slice(8, 10), 16);
  const first = new Uint32Array(8), digest = new Uint32Array(8);
  W.fill(0);
  put(challenge, 0);
  compress(START, first);
  for (let number = 0; ; number++) {
    const text = String(number);
    W.fill(0, 0, 16);
    put(text, 0);
    put("\x80", text.length);
    W[15] = 8 * (64 + text.length);
    compress(first, digest);
    if (digest[0] >>> (32 - bits) === 0) return text;
  }
};

self.addEventListener("message", (event) => self.postMessage(solve(event.data)));
