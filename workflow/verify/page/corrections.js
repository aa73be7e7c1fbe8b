// --- corrections: what a small correction is: the fewest words and signs struck and added, as written and as it reads

/** How many words and signs a small correction may strike and add, counted together. */
const SMALL = 40;

/** Of a longer run of letters each one counts: nothing hides in a word. */
const LONGEST_WORD = 40;

/** A body of more lines is no letter (one may have 6,000 with words); it is signed anew, whatever was changed. */
const MOST_LINES = 20_000;

/** In characters; a longer one is signed anew, whatever was changed. */
const LONGEST_TEXT = 1_000_000;

// eslint-disable-next-line no-control-regex
const NO_WORDS = /\x01[^\x01\x02]*\x02/g;

// Scripts that put blanks between words. Spelt out, not asked of Unicode's tables, which differ between programs: the
// count must be the same for ever. A character of any other script, a mark or a sign counts by itself.
const WORDED =
  "0-9A-Za-z" +
  "\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02af" + // Latin
  "\\u0300-\\u037d\\u037f-\\u0386\\u0388-\\u052f\\u0531-\\u0556\\u0560-\\u0588" + // marks, Greek, Cyrillic, Armenian
  "\\u0591-\\u05bd\\u05c1\\u05c2\\u05c7\\u05d0-\\u05ea" + // Hebrew
  "\\u0620-\\u0669\\u066e-\\u06d3\\u06d5-\\u06dc\\u06df-\\u06ff" + // Arabic
  "\\u0710-\\u07f5\\u0900-\\u0963\\u0966-\\u096f\\u0971-\\u0df3" + // Syriac to Sinhala
  "\\u10a0-\\u10fa\\u10fc-\\u1360\\u1369-\\u1399\\u13a0-\\u13fd\\u1401-\\u166c\\u1820-\\u18aa" + // Georgian to Mongolian
  "\\u1e00-\\u1fbc\\uac00-\\ud7a3"; // Latin, Greek, Korean
const GAPS = " \\t-\\r\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const TOKENS = new RegExp(
  `(?<gap>[${GAPS}]{2,}|(?! )[${GAPS}])` + // blank lines, breaks, indents: they make paragraphs, lists and code
    `|(?<run> ?[${WORDED}]{${LONGEST_WORD + 1},}(?: (?![${GAPS}]))?)` +
    `|(?<word>[${WORDED}]+)` +
    `|(?<sign> ?[^${GAPS}${WORDED}])(?:(?<joined>(?=[^${GAPS}]))|)` +
    `|(?<=[^${GAPS}]) (?=[${WORDED}])|(?<edge> )`, // one blank between two words goes without saying
  "gu",
);

/**
 * Whether one text, as its canonical JSON says it, is a small correction of another.
 *
 * Only the body and the closing may differ: whom it speaks to, of what and in which language stays the same. A few
 * signs of Markdown can take a paragraph from the page, so what is printed must be as near as what is written.
 */
function is_small(old, new_one) {
  const parts = ["body", "closing"];
  const [before, after] = [old, new_one].map((text) => new Map([...text].filter(([name]) => !parts.includes(name))));
  if (!equal(before, after)) return false;
  const said_by = (text, part) => (text.has(part) ? str(text.get(part)) : "");
  let left = SMALL;
  for (const part of parts) left -= strokes(said_by(old, part), said_by(new_one, part), left);
  return left >= 0 && _reads_alike(said_by(old, "body"), said_by(new_one, "body"));
}

function _reads_alike(old, new_one) {
  if (Math.max(count_of(old, "\n"), count_of(new_one, "\n")) > MOST_LINES) return false;
  let before, after;
  try {
    [before, after] = [_printed(old), _printed(new_one)];
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    return false; // One that cannot be read is signed anew.
  }
  return before.reduce((sum, one, place) => sum + strokes(one, after[place], SMALL), 0) <= SMALL;
}

/** What a body prints on the page, and at its foot: what goes from one to the other is struck and added. */
function _printed(body) {
  const composed = compose(body);
  const below = [...composed.footnotes, composed.notes];
  return [[composed.lines], below].map((parts) =>
    parts.flatMap((lines) => lines.map((line) => line.words.replace(NO_WORDS, ""))).join("\n\n"),
  );
}

/** Return how many words and signs are struck and added, at the fewest; `most` + 1 where it is more than that. */
function strokes(old, new_one, most) {
  if (old === new_one) return 0;
  if (most < 1 || Math.max(length_of(old), length_of(new_one)) > LONGEST_TEXT) return most + 1;
  const known = new Map();
  const [before, after] = [_spelt(old, known), _spelt(new_one, known)];
  if (before === null || after === null || Math.abs(before.length - after.length) > most) return most + 1;
  return _fewest(before, after, most);
}

/** Write each word and sign as one number, the same for the same. */
function _spelt(text, known) {
  const spelt = [];
  for (const token of _tokens(text)) {
    if (!known.has(token)) known.set(token, known.size % 0x110000);
    spelt.push(known.get(token));
  }
  return known.size <= 0x110000 ? spelt : null;
}

/** Yield what a text is made of, so that no two texts are made of the same. */
function* _tokens(text) {
  for (const found of text.matchAll(TOKENS)) {
    const { gap, run, word, sign, joined, edge } = found.groups;
    if (run) for (const letter of run) yield `\0${letter}`;
    // "5%" and "5 %", "3.5" and "3. 5" are not the same.
    else if (sign) yield joined === undefined ? sign : `${sign}\x01`;
    else if (gap !== undefined || word !== undefined || edge !== undefined) yield found[0];
  }
}

/** The fewest strokes that make one of the other (Myers 1986), given up beyond `most`. */
function _fewest(before, after, most) {
  const reached = new Map([[1, 0]]);
  for (let made = 0; made <= most; made++) {
    for (let lead = -made; lead <= made; lead += 2) {
      const down = lead === -made || (lead !== made && reached.get(lead - 1) < reached.get(lead + 1));
      let x = down ? reached.get(lead + 1) : reached.get(lead - 1) + 1;
      x += _alike(before, x, after, x - lead);
      reached.set(lead, x);
      if (x >= before.length && x - lead >= after.length) return made;
    }
  }
  return most + 1;
}

/** How far two texts are the same from here on. */
function _alike(before, x, after, y) {
  let length = 0;
  while (x + length < before.length && y + length < after.length && before[x + length] === after[y + length]) length++;
  return length;
}
