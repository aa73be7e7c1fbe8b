// --- entries: the entries one by one and in their order: which is removed, added, moved, or not an entry at all

const FIELDS = ["about", "action", "actor", "at", "letter", "seq", "v"];
const ROLES = ["coordinator", "cosigner", "auditor", "system"];
const TIME = /^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}Z$/;
const KINDS_OF_VALUES = { str: is_text, int: is_whole, bool: (value) => typeof value === "boolean", list: Array.isArray };

/** One entry of the log, read. */
class Entry {
  constructor(seq, letter, at, action, about, commitment, role = "") {
    Object.assign(this, { seq, letter, at, action, about, commitment, role });
  }

  /** Return what the entry says under a name; throws VerificationError where it does not. */
  says(name, kind = "str") {
    const value = this.about.get(name);
    if (!KINDS_OF_VALUES[kind](value)) {
      throw new VerificationError(`Entry ${this.seq} (${this.action}) does not say its ${name}.`);
    }
    return value;
  }
}

/** Read the entry of file `number`. Throws VerificationError. */
function read_entry(number, content) {
  let fields;
  try {
    fields = read_json(content);
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    throw new VerificationError(`Entry ${number} ${fault.message}.`);
  }
  const named = is_dict(fields) ? [...fields.keys()].filter((name) => name !== "commitment") : [];
  if (named.length !== FIELDS.length || !FIELDS.every((name) => fields.has(name))) {
    throw new VerificationError(`Entry ${number} has not the fields that an entry has.`);
  }
  const [actor, about, commitment] = ["actor", "about", "commitment"].map((name) => fields.get(name) ?? null);
  const texts = ["letter", "at", "action"].map((name) => fields.get(name));
  let whole = is_dict(actor) && actor.size === 2 && actor.has("id") && ROLES.includes(actor.get("role"));
  whole = whole && is_dict(about) && texts.every(is_text);
  whole = whole && is_whole(fields.get("seq")) && (commitment === null || is_text(commitment));
  if (!whole || fields.get("v") !== 1 || !TIME.test(fields.get("at"))) {
    throw new VerificationError(
      `Entry ${number} is not an entry of version 1: a field is of another kind, or unknown.`,
    );
  }
  const [letter, at, action] = texts;
  return new Entry(fields.get("seq"), letter, at, action, about, commitment, actor.get("role"));
}

/** Read every entry; say which is removed, added, moved, unreadable or of another letter. */
function check_entries(bundle, report) {
  const entries = [];
  for (const [number, content] of sorted_items(bundle.entries)) {
    try {
      entries.push(read_entry(number, content));
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(fault.message);
    }
  }
  _check_order(sorted_numbers(bundle.entries.keys()), entries, report);
  const letters = counted(entries.map((entry) => entry.letter));
  report.letter = "";
  let most = 0;
  for (const [letter, count] of letters) if (count > most) [report.letter, most] = [letter, count];
  for (const entry of entries) {
    if (entry.letter !== report.letter) report.invalid.push(`Entry ${entry.seq} is of another letter, ${entry.letter}.`);
  }
  for (let number = 1; number < entries.length; number++) {
    const [before, after] = [entries[number - 1], entries[number]];
    if (after.at < before.at) {
      report.remarks.push(`The server's clock went back between the entries ${before.seq} and ${after.seq}.`);
    }
  }
  return entries;
}

/** How often each value is there, in the order in which they come first. */
function counted(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Look for holes in the numbers of the files, and compare them with the numbers that the entries bear. */
function _check_order(numbers, entries, report) {
  const holes = _holes(numbers);
  for (const run of holes) report.invalid.push(`${run} removed: there is no file.`);
  if (entries.length !== numbers.length) return;
  const said_numbers = entries.map((entry) => entry.seq);
  for (const run of _holes(said_numbers)) {
    if (!holes.includes(run)) report.invalid.push(`${run} removed: no file bears that number.`);
  }
  for (const [seq, count] of counted(said_numbers)) {
    if (count > 1) report.invalid.push(`Entry ${seq} is there ${count} times: an entry was added.`);
  }
  const moved = [];
  numbers.forEach((number, place) => {
    if (number !== said_numbers[place]) moved.push(`file ${number} holds entry ${said_numbers[place]}`);
  });
  if (moved.length && equal(sorted_numbers(said_numbers), numbers)) {
    report.invalid.push(`Entries were reordered: ${moved.slice(0, 10).join(", ")}.`);
  }
}

/** Name the runs of numbers from 0 that are missing; a run is never spelt out, for it may be long. */
function _holes(numbers) {
  const runs = [];
  let due = 0;
  for (const number of sorted_numbers(new Set(numbers))) {
    if (number > due) {
      runs.push(number === due + 1 ? `Entry ${due} was` : `The entries ${due} to ${number - 1} were`);
    }
    due = number + 1;
  }
  return runs;
}
