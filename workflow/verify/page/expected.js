// --- expected: a document as it must be: the letterhead's own words with what was signed at its marks, line by line

const PLACE = /^\{\{ (recipient|date|subject|salutation|body|closing|signatories|logos) \}\}$/;
const IN_LINE = /\{\{ (date|subject|title|running) \}\}/;
const ONCE = ["recipient", "salutation", "body", "closing", "signatories"];
// eslint-disable-next-line no-control-regex
const PICTURES = /^(?:\x01picture [0-9a-f]{64}\x02|[\u2003 ])+$/;
// eslint-disable-next-line no-control-regex
const MARK = /\x01([^\x01\x02]*)\x02/g;
const MOST_SAID = 4;

/** What one document must print: the text, its body set, whom it is to, the names. */
class Given {
  constructor(given) {
    Object.assign(this, given);
  }

  /** A line of the text, such as its subject. */
  line(name) {
    return cleaned(truth(this.text.get(name)) ? str(this.text.get(name)) : "");
  }
}

/** What must stand at one place: a line, and how it is told; `own` where it is the letterhead's own. */
class Item {
  constructor(line, holds, own = false, what = "") {
    Object.assign(this, { line, holds, own, what });
    /** The letterhead's own paragraph that it stands for. */
    this.place = null;
  }
}

/** A paragraph that says what it must: what that is, and where it stands. */
class Taken {
  constructor(item, found, where, number) {
    Object.assign(this, { item, found, where, number });
  }
}

/** What a comparison found: which paragraphs are the letter's, what differs, and what it says of the date. */
class Compared {
  constructor() {
    [this.letter, this.taken, this.wrong, this.unnamed, this.dates, this.remarks] = [[], [], [], [], [], []];
  }
}

/** The places that a letterhead has not, or has twice. */
function missing_places(page, margins) {
  const found = page.map((line) => PLACE.exec(strip(line.words))?.[1]).filter((name) => name !== undefined);
  const everywhere = [page, ...margins.values()].flatMap((lines) => lines.map((line) => line.words)).join(" ");
  const wrong = ONCE.filter((name) => found.filter((one) => one === name).length !== 1);
  if (!everywhere.includes("{{ subject }}") && !everywhere.includes("{{ title }}")) wrong.push("subject");
  if (wrong.length) return wrong;
  const order = found.filter((name) => ["body", "closing", "signatories"].includes(name));
  return equal(order, ["body", "closing", "signatories"]) ? [] : order;
}

/** What must stand on the page, in order. */
function* items(page, given) {
  for (const one of page) {
    for (const item of _in_place(one.line, given)) {
      item.place = one;
      yield item;
    }
  }
}

/** A page with these marks and nothing else, of which no looks are known. */
function places(marks, cells = "") {
  return marks.map((mark) => new Printed(new Line(`{{ ${mark} }}`, "", cells)));
}

function* _in_place(line, given) {
  const place = PLACE.exec(strip(line.words))?.[1] ?? null;
  if (place === null) yield filled(line, given);
  else if (place === "recipient") for (const one of given.recipient) yield exact(new Line(one), "the addressee");
  else if (place === "body") yield* _body(line.cells, given);
  else if (place === "signatories") yield* _names(given);
  else if (place === "date") yield _date_item(spoken(given.text), given.place);
  else if (place === "logos") yield new Item(new Line(""), () => false, false, "logos");
  else if (given.line(place)) yield exact(new Line(given.line(place)), `the ${place}`);
}

function _date_item(language, place) {
  return new Item(new Line("{{ date }}"), (found) => is_dateline(found.words, language, place), false, "date");
}

/** A line of the letterhead's own, with what is set amid its words. */
function filled(line, given) {
  if (!IN_LINE.test(line.words)) return new Item(line, (found) => found.says_like(line), true);
  const subject = given.line("subject");
  const addressee = given.recipient[0] ?? "";
  const forms = {
    date: "[^\n\x01]{0,48}",
    subject: escaped(subject),
    title: escaped(subject) || `[^\n\x01]{0,24}${escaped(addressee)}`,
  };
  forms.running = running_form(addressee, spoken(given.text));
  let pattern = "";
  const seen = new Set();
  line.words.split(IN_LINE).forEach((part, number) => {
    if (number % 2 === 0) {
      pattern += escaped(part);
      return;
    }
    // What a mark stands for is the same wherever it stands: otherwise ten of them could be read in endless ways.
    pattern += seen.has(part) ? `\\k<${part}>` : `(?<${part}>${forms[part]})`;
    seen.add(part);
  });
  const found_in = new RegExp(`^(?:${pattern})$`, "u");
  const holds = (found) => {
    const match = found_in.exec(found.words);
    if (match === null) return false;
    const dates = Object.entries(match.groups).filter(([name, date]) => name.endsWith("date") && date);
    return dates.every(([, date]) => is_date(date, spoken(given.text)));
  };
  return new Item(line, holds, true, ["subject", "title", "running"].some((name) => seen.has(name)) ? "amid" : "");
}

/** A line that stands there as it is; `what` says of what it is a part. */
function exact(line, what) {
  return one_of([line], what);
}

/** One of several lines that stands there as it is. */
function one_of(lines, what) {
  return new Item(lines[0], (found) => lines.some((line) => line.says_like(found)), false, what);
}

/** A line of plain words in a style. */
function _styled(words, style) {
  return new Line(words, "", "", [], style, [new Piece(words)]);
}

function* _body(cells, given) {
  for (const [number, line] of given.body.lines.entries()) yield _of_body(line, number === 0 ? cells : "");
}

function _of_body(line, before) {
  const holds = (found) => {
    let placed = before ? found.cells.endsWith(before + line.cells) : found.cells === line.cells;
    // A letterhead may have cells of its own before the text.
    placed = placed || (Boolean(before) && found.cells.endsWith(line.cells));
    return placed && found.says_like(line);
  };
  return new Item(line, holds, false, "the text");
}

function* _names(given) {
  if (given.headings.length) yield new Item(new Line(""), () => false, false, "countries");
  else for (const name of given.names) yield _name(name, given);
  const language = spoken(given.text);
  const withheld = withheld_lines(given.withheld, language);
  if (withheld.length) yield one_of(withheld.map((line) => _styled(line, "withheld")), "how many names are withheld");
  if (given.people.length) {
    const heading = INDIVIDUALS.get(language) ?? INDIVIDUALS.get("en");
    yield exact(_styled(heading, "signatory heading"), "the heading of the individuals");
    for (const name of given.people) yield _name(name, given);
  }
  if (given.body.notes.length) {
    yield exact(_styled(NOTES.get(language) ?? "Notes", "notes heading"), "the notes");
    for (const line of given.body.notes) yield exact(line, "the notes");
  }
}

function _name(name, given) {
  const holds = (found) => {
    if (found.label || found.targets.length) return false;
    return name.is_in(without_hand(found.words, name.seq, given));
  };
  return new Item(_signature(name.lines ?? []), holds, false, name.lines !== null ? "names" : "unnamed");
}

/** A name as it is set: its first line stands out. */
function _signature(lines) {
  const [first, ...others] = lines;
  const pieces = lines.length ? [new Piece(first, "signature name"), new Piece(["", ...others].join("\n"))] : [];
  return new Line(lines.join("\n"), "", "", [], "name", pieces);
}

/** The words of a signature without the image of it that its own entry names. */
function without_hand(words, seq, given) {
  // eslint-disable-next-line no-control-regex
  const found = /^\x01picture ([0-9a-f]{64})\x02\n/.exec(words);
  return found && given.by_hand.get(found[1])?.has(seq) ? words.slice(found[0].length) : words;
}

/** Hold the paragraphs of a document against what must stand there, in order. */
function compare(wanted, found, given, where = "paragraph") {
  const made = new Compared();
  let at = 0;
  for (const [number, item] of wanted.entries()) {
    if (made.wrong.length >= MOST_SAID) break;
    if (item.what === "logos") {
      while (at < found.length && _are_logos(found[at].line.words, given)) at++;
      continue;
    }
    if (item.what === "countries") {
      at = _countries(found, at, given, made, item.place);
      continue;
    }
    if (item.what === "date" && _is_undated(wanted.slice(number + 1), found.slice(at, at + 2), item)) continue;
    if (at >= found.length) {
      made.wrong.push(`ends before ${quoted(item.line)}`);
      break;
    }
    const line = found[at].line;
    if (item.holds(line)) {
      _take(item, found[at], made);
      made.taken.push(new Taken(item, found[at], where, at + 1));
    } else {
      made.wrong.push(`${where} ${at + 1} ${differing(item, line)}`);
      const rest = wanted.slice(number).filter((one) => one.what !== "logos").length;
      if (rest !== found.length - at || given.headings.length) return made;
    }
    at++;
  }
  if (at < found.length && !made.wrong.length) {
    made.wrong.push(`${where} ${at + 1} says more than was signed: ${quoted(found[at].line)}`);
  }
  return made;
}

/** Whether a letter bears no date: what comes after it stands in its place. */
function _is_undated(following, found, date) {
  if (!found.length || !following.length) return !found.length;
  const holds = found.map((one) => following[0].holds(one.line));
  return holds[0] && !(holds.length > 1 && holds[1] && date.holds(found[0].line));
}

function _take(item, found, made) {
  if (!item.own || item.what === "amid") made.letter.push(found);
  if (item.what === "date") made.dates.push(found.line.words);
  if (item.what === "unnamed") made.unnamed.push(found.line.words);
}

function _countries(found, at, given, made, place) {
  const end = at + given.names.length + given.headings.length;
  const there = found.slice(at, end);
  const wrong = grouped(there.map((one) => one.line.words), given.names, given.headings);
  if (wrong) made.wrong.push(wrong);
  for (const one of there) made.letter.push(one);
  const known = new Map();
  for (const name of given.names) for (const form of name.forms()) known.set(form, _signature(name.lines ?? []));
  for (const [number, one] of there.entries()) {
    const words = one.line.words.replaceAll(LEFT_TO_RIGHT, "");
    // Where a country is called as an organisation is, nobody knows which of both it is; nor of a name withheld.
    if (known.has(words) !== given.headings.includes(words)) {
      const item = new Item(known.get(words) ?? _styled(words, "signatory heading"), () => true);
      item.place = place;
      made.taken.push(new Taken(item, one, "paragraph", at + number + 1));
    }
  }
  if (given.names.some((name) => name.lines === null)) made.unnamed.push("names");
  return end;
}

function _are_logos(words, given) {
  const pictures = Array.from(words.matchAll(/picture ([0-9a-f]{64})/g), (found) => found[1]);
  return pictures.length > 0 && PICTURES.test(words) && pictures.every((one) => given.pictures.has(one));
}

/** Say how a paragraph differs from the one that must stand there. */
function differing(item, found) {
  if (item.what === "date") return `stands where the date must stand: ${quoted(found)}`;
  const wanted = item.line;
  if (wanted.words === found.words && wanted.label === found.label) {
    if (!equal(wanted.targets, found.targets)) {
      const told = (targets) => repr_tuple(targets, repr_tuple);
      return `has a link to ${told(found.targets)}, and not to ${told(wanted.targets)}`;
    }
    return `stands in another cell of a table, or in none: ${quoted(found)}`;
  }
  const [one, other] = [wanted, found].map((line) => split_words(`${line.label} ${line.words}`.replace(MARK, "[$1]")));
  const least = Math.min(one.length, other.length);
  let begin = 0;
  while (begin < least && one[begin] === other[begin]) begin++;
  let end = 0;
  while (end < least - begin && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  const before = Math.max(0, begin - 3);
  const around = (words) =>
    [...words.slice(before, words.length - end), ...words.slice(words.length - end).slice(0, 3)].join(" ");
  const [there, due] = [around(other), around(one)];
  if (there === due) return `has other blanks or line breaks: ${quoted(found)}`;
  const whose = item.own ? "the letterhead has" : `it must say (${item.what})`;
  return `says ${repr(plain(there))} where ${whose} ${repr(plain(due))}`;
}

/** A paragraph's words for a sentence, shortened. */
function quoted(line) {
  return repr(plain(strip(`${line.label} ${line.words}`)));
}

/** Words for people: what is no letter is named in brackets, and a long text is cut. */
function plain(words) {
  const told = split_words(words.replace(MARK, "[$1]")).join(" ");
  return length_of(told) <= 200 ? told : `${first_of(told, 200)} …`;
}
