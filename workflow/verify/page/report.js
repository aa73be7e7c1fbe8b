// --- report: what a check found, how it is said, and the exit status

/** Something in the evidence that does not hold; the sentence says what and where. */
class VerificationError extends Error {}

/** An input that cannot be read at all, so nothing can be said about it. */
class InputError extends Error {}

const [HOLDS, INVALID, DIVERGED, UNUSABLE] = [0, 1, 2, 3];

const NOT_PROVED = `What this does not prove:
- that the person named is the person who pressed the button: the log shows through which link, not by whose hand;
- that everything was recorded: what the operator left out before a head went out in a mail cannot be missed;
- anything after the signing key was stolen, until the next head lies in a mailbox out of the thief's reach;
- the times, which are the server's own clock, but for a time stamp's;
- what README.txt, letter.json, servers.json and the reports tell: they are for people, and trusted for nothing;
- anything at all, if this verifier came with the evidence and nowhere else: compare it with the project's copy.`;

/** What was found: `invalid` and `diverged` say what is wrong and where; `remarks` are for a person to look at. */
class Report {
  constructor(key_checked = false) {
    this.letter = "";
    this.facts = [];
    this.remarks = [];
    this.invalid = [];
    this.diverged = [];
    this.unusable = [];
    /** What was not checked, and why. */
    this.unchecked = [];
    /** Time stamps that hold: by whom, and of when. */
    this.stamps = [];
    /** Witnesses whose signature of the head holds. */
    this.cosigners = [];
    /** How many heads from outside are of this history. */
    this.matches = 0;
    /** How many of those that were given as such only the evidence itself carries. */
    this.own = 0;
    /** How many of the letter's entries the furthest of them is over. */
    this.reached = 0;
    this.of = "";
    this.key_checked = key_checked;
  }

  /** 0 holds, 1 invalid, 2 diverged, 3 an input could not be used. */
  get exit_code() {
    if (this.diverged.length) return DIVERGED;
    return this.invalid.length ? INVALID : this.unusable.length ? UNUSABLE : HOLDS;
  }

  /** Whether everything that was given holds. */
  get ok() {
    return this.exit_code === HOLDS;
  }

  /** Every sentence on what is wrong, and where. */
  get problems() {
    return [...this.diverged, ...this.invalid, ...this.unusable];
  }

  /** The verdict in one line: of what does not hold, what and where; of what does, who vouches for it. */
  get verdict() {
    if (!this.ok) {
      const word = ["", "INVALID", "DIVERGED", "UNDECIDED, an input cannot be used"][this.exit_code];
      const more = this.problems.length > 1 ? ` (and ${this.problems.length - 1} more)` : "";
      return shown(`${word}: ${rstrip(this.problems[0].split("\n")[0], ".")}${more}`);
    }
    const vouching = this.stamps.length ? [`with time stamp (${this.stamps.join("; ")})`] : [];
    if (this.cosigners.length) vouching.push(`cosigned by ${this.cosigners.join(", ")}`);
    if (this.matches) vouching.push(`matching ${this.matches} outside head${this.matches > 1 ? "s" : ""}`);
    const own = this.own ? `; not counted: ${this.own} that the evidence itself carries` : "";
    const unchecked = this.key_checked ? "" : " (key not checked)";
    return shown(`VALID${this.of}, ${vouching.join(", ") || "signed by the operator only"}${own}${unchecked}`);
  }

  /** Return the whole report for a terminal; nothing in it can move the cursor or hide a character. */
  to_text() {
    const lines = [...this.facts, ...this.remarks.map((remark) => `LOOK: ${remark}`)];
    lines.push(...this.unusable.map((sentence) => `UNUSABLE: ${sentence}`));
    lines.push(...this.invalid.map((sentence) => `INVALID: ${sentence}`));
    lines.push(...this.diverged.map((sentence) => `DIVERGED: ${sentence}`));
    if (this.diverged.length) {
      lines.push("Two histories of this letter were shown. Keep both notes: they prove it.");
    }
    const parts = [lines.map(shown).join("\n"), this.verdict];
    const unchecked = [...(this.key_checked ? [] : [KEY_NOT_CHECKED]), ...this.unchecked];
    if (unchecked.length) parts.push(`Not checked:\n${unchecked.map((what) => `- ${shown(what)}`).join(";\n")}.`);
    return [...parts, NOT_PROVED, ""].join("\n\n");
  }
}

const KEY_NOT_CHECKED =
  "the key, against anything outside: it was taken from the evidence itself, and whoever can write evidence can " +
  "write a key. Take it from a receipt, and give it with --vkey";

/** Return a text in which nothing can move the cursor, hide a character or turn the line around. */
function shown(text) {
  return text.replace(/[\p{C}\p{Z}]/gu, (c) => (c === " " || c === "\n" ? c : "?"));
}
