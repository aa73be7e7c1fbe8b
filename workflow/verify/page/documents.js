// --- documents: that they are those the log names, and say what was signed, for a reader to see, and nothing else

const PAGE_NUMBER = ["\x01field begin\x02\x01field PAGE\x02", "\x01field begin\x02\x01field NUMPAGES\x02"];
const LONG_HEADING = 60;
/** Where a footer says that one can ask whether the letter is genuine, and the code. */
const FOOTER_CODE = new RegExp(
  `([^${SPACE}]{1,300}/genuine) · ([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{2})(?![0-9A-Za-z-])`,
  "gu",
);
/** The parts that decide on looks: a document has those of its letterhead, but for the language of what is printed. */
const LOOKS = ["styles", "theme", "fontTable", "settings"];
const LANGUAGE = /<w:rPrDefault>[^]*?<\/w:rPrDefault>/g;

/** Check that the documents are those the log names, and say what was signed. */
function check_documents(bundle, replay, printing, texts, report) {
  const named = new Map();
  for (const rendered of replay.renderings) {
    for (const kind of ["docx", "pdf"]) {
      const about = rendered.about.get(kind);
      if (truth(about)) named.set(`${str(about)}.${kind}`, rendered);
    }
  }
  for (const [name, made] of addendum_documents(replay)) named.set(name, made);
  for (const [name, rendered] of named) {
    const by = bundle.documents.has(name) ? null : _erased_by(replay, name);
    if (by !== null) {
      report.remarks.push(`The document ${name}, made in entry ${rendered.seq}, was erased: entry ${by}.`);
    } else if (!bundle.documents.has(name)) {
      report.invalid.push(`The document ${name}, made in entry ${rendered.seq}, is missing.`);
    }
  }
  for (const [name, content] of sorted_items(bundle.documents)) {
    if (sha256_hex(content) !== partition(name, ".")[0]) {
      report.invalid.push(`documents/${name} was changed: its bytes are not those of its name.`);
    } else if (!named.has(name)) {
      report.invalid.push(`documents/${name} is not a document of this letter: no entry names it.`);
    }
  }
  const reading = new _Reading(bundle, replay, printing, texts, report);
  for (const rendered of replay.renderings) reading.check(rendered);
  reading.check_addendum();
}

/** The entry that says that a document was erased. */
function _erased_by(replay, name) {
  const { documents, begun } = replay.erased;
  const by = documents.get(partition(name, ".")[0]) ?? null;
  // That of the number 0 erases nothing that was before it.
  return (by !== null || begun === null ? by : begun.seq) || null;
}

/** Holds each document against what must be printed; texts and letterheads are read once. */
class _Reading {
  constructor(bundle, replay, printing, texts, report) {
    Object.assign(this, { bundle, replay, printing, texts, report });
    this.bodies = new Map();
    this.letterheads = new Map();
    this.told = new Set();
    this.dated = new Map();
    _check_letterheads(bundle, printing, report);
  }

  /** Check the Word document that an entry names. */
  check(rendered) {
    const name = `${rendered.about.get("docx")}.docx`;
    this.name = `documents/${name}`;
    this._check(name, rendered, rendered);
  }

  /** Check the Word documents of the addendum as it was made last: each is a letter of its own. */
  check_addendum() {
    const { made, sent } = this.replay.afterwards;
    if (made === null) return;
    for (const one of made.about.get("documents").values()) {
      const [name, letter] = [`${str(one.get("docx") ?? null)}.docx`, one.get("letter")];
      this.name = `documents/${name}, the addendum,`;
      const of = this.replay.renderings.find((rendered) => rendered.about.get("docx") === letter);
      if (of === undefined || !this.replay.dispatched.includes(letter)) {
        this.report.invalid.push(`${this.name} is said to belong to a document that was not sent.`);
      } else {
        this._check(name, made, of);
      }
    }
    if (sent === null) this.report.facts.push(`The addendum of entry ${made.seq} has not been sent.`);
  }

  _check(name, rendered, letter) {
    const text = this.texts.get(letter.about.get("digest"));
    if (!this.bundle.documents.has(name) || text === undefined) return; // Said already.
    try {
      const pages = read_pages(this.bundle.documents.get(name));
      this._compare(pages, rendered, letter, text);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      this.report.invalid.push(`${this.name} ${fault.message}.`);
    }
  }

  _compare(pages, rendered, letter, text) {
    const setting = this.printing.settings.get(rendered.seq);
    const letterhead = this._letterhead(setting, rendered);
    let [best, chosen] = [null, null];
    for (const given of this._givens(rendered, letter, text, pages, setting)) {
      const found = _on_letterhead(pages, letterhead, given, setting);
      if (best === null || found.wrong.length < best.wrong.length) [best, chosen] = [found, given];
      if (!found.wrong.length) break;
    }
    for (const wrong of best.wrong) this.report.invalid.push(`${this.name} is not what was signed: ${wrong}.`);
    if (!best.wrong.length) check_looks(this.name, pages, best, letterhead, this.report);
    this._tell(rendered, best, chosen);
  }

  /** What the document must print, for each recipient whose lines are in it. */
  _givens(rendered, letter, text, pages, setting) {
    const printed_ones = rendered.about.get("signoffs").filter(is_whole);
    const disclosed = as_printed(this.replay.disclosed, setting.corrected, setting.renamed);
    const everybody = names(printed_ones, setting.withheld, disclosed, setting.individuals);
    const headings = _headings(rendered, this.replay);
    const is_itself = letter === rendered;
    return likely_recipients(text, pages).map((block) => {
      const said = is_itself ? text : this._as_letter(text, block, letter, pages, setting);
      return new Given({
        text: said,
        body: this._body(said),
        recipient: block,
        names: everybody.filter((name) => !name.individual),
        withheld: printed_ones.length - everybody.length,
        headings,
        by_hand: is_itself ? this.printing.signed_by_hand : new Map(),
        pictures: is_itself ? this.printing.pictures : new Set(),
        place: _place_before_date(letter, this.replay),
        people: everybody.filter((name) => name.individual),
      });
    });
  }

  _body(text) {
    const body = truth(text.get("body")) ? str(text.get("body")) : "";
    if (!this.bodies.has(body)) this.bodies.set(body, compose(body));
    return this.bodies.get(body);
  }

  /** What an addendum must say of the letter that it belongs to. */
  _as_letter(text, block, letter, pages, setting) {
    const said = pages.lines.map((one) => one.line.words);
    const dates = this.dated.get(str(letter.about.get("docx"))) ?? [];
    return addendum_as_letter(text, block.length ? block[0] : "", letter.about, setting.code, said, dates);
  }

  /** The letterhead that a document was made on, with its marks; null where it is not told. */
  _letterhead(setting, rendered) {
    const sha = setting.letterhead;
    if (!sha) return null;
    if (setting.approved_on !== null && !setting.approved_on.includes(sha)) {
      this.report.invalid.push(
        `${this.name} is printed on the letterhead ${first_of(sha, 12)}, which is not the one it was approved on.`,
      );
    }
    if (!this.letterheads.has(sha)) {
      const content = this.bundle.letterheads.get(`${sha}.docx`);
      if (content === undefined) throw new VerificationError(`is printed on the letterhead ${sha}, which is missing`);
      this.letterheads.set(sha, read_pages(content));
    }
    const pages = this.letterheads.get(sha);
    const margins = new Map([...pages.margins].map(([part, at]) => [part, _said_by(at)]));
    const missing = missing_places(_said_by(pages.lines), margins);
    if (missing.length) {
      throw new VerificationError(
        `is printed on a letterhead whose places are missing, twice or out of order: ${repr(missing)}`,
      );
    }
    this._say_letterhead(sha, pages, setting);
    return pages;
  }

  /** Tell what a letterhead prints, once; and whether it was chosen after somebody had signed. */
  _say_letterhead(sha, pages, setting) {
    if (this.told.has(sha)) return;
    this.told.add(sha);
    const [words, short] = [_words_of(pages), first_of(sha, 12)];
    if (words.length) this.report.facts.push(`The letterhead ${short} prints: ${words.join("; ")}`);
    const shown_ones = [pages.lines, ...pages.margins.values()].flatMap((lines) => lines.filter(_is_drawn));
    const drawn = shown_ones.filter((one) => !_is_footer_code(one, setting.qr));
    if (drawn.length < shown_ones.length || words.some((one) => one.search(FOOTER_CODE) >= 0)) {
      this._say_footer(sha, words, setting);
    }
    if (drawn.length || [...pages.package_read.parts.keys()].some((part) => _is_picture(part, pages, setting.qr))) {
      this.report.remarks.push(
        `The letterhead ${short} shows pictures or shapes, whose words are not read: look at them.`,
      );
    }
    const { chosen, first_signed: signed } = setting;
    const late = signed && (chosen === null || chosen.seq > signed.seq) ? signed : null;
    if (late && words.some((one) => one.startsWith("on the page"))) {
      const when = chosen ? `was chosen in entry ${chosen.seq},` : "is on record with the document only,";
      this.report.remarks.push(
        `The letterhead ${short} ${when} after the first sign-off (entry ${late.seq}), and prints words ` +
          `on the page that nobody has signed: ${words.join("; ")}`,
      );
    }
  }

  /** Tell where the footers say that one can ask whether the letter is genuine; it must be by its own code. */
  _say_footer(sha, words, setting) {
    const told = words.flatMap((one) => Array.from(one.matchAll(FOOTER_CODE), ([, at, code]) => [at, code.replaceAll("-", "")]));
    const short = first_of(sha, 12);
    if (!told.length || told.some(([, code]) => code !== setting.code)) {
      this.report.invalid.push(
        `The letterhead ${short} says another code to ask by, or none, than the letter's approval ` +
          `(${setting.code}).`,
      );
    }
    for (const [address, code] of new Map(told.map((one) => [JSON.stringify(one), one])).values()) {
      this.report.facts.push(
        `The letterhead ${short} says that one can ask at ${address} by the code ${code}; the QR code ` +
          "beside it is the one that was approved, and not read here.",
      );
    }
  }

  _tell(rendered, found, given) {
    this._tell_corrections(rendered);
    const dates = [...new Set(found.dates)];
    this.dated.set(str(rendered.about.get("docx") ?? null), found.dates);
    if (dates.length) this.report.facts.push(`${this.name} is dated ${dates.map(plain).join(", ")}.`);
    if (found.unnamed.length) {
      const people = [...given.names, ...given.people];
      const count = people.filter((name) => name.lines === null).length;
      this.report.remarks.push(
        `${this.name}: ${count} of ${people.length} names are withheld or erased; look for them there: ` +
          found.unnamed.map(plain).join("; "),
      );
    }
    if (given.headings.length) {
      this.report.facts.push(`Between the names of ${this.name} stand: ${plain(given.headings.join("; "))}`);
    }
    if (given.headings.some((heading) => length_of(heading) > LONG_HEADING)) {
      this.report.remarks.push(`${this.name} prints long words between the names; nobody has signed them.`);
    }
    for (const remark of found.remarks) this.report.remarks.push(`${this.name} ${remark}`);
  }

  /** Say which names are printed otherwise than they were signed with, and by which entries. */
  _tell_corrections(rendered) {
    const setting = this.printing.settings.get(rendered.seq);
    for (const [what, corrections] of [["its signatory", setting.corrected], ["its organisation", setting.renamed]]) {
      for (const [seq, correction] of sorted_items(corrections)) {
        if (setting.withheld.has(seq)) continue;
        this.report.facts.push(
          `${this.name} prints the name of ${what} for the sign-off in entry ${seq} as entry ${correction} ` +
            "corrected it.",
        );
      }
    }
  }
}

/** Say what hides the letter's words, and what no letter has. */
function check_looks(name, pages, found, letterhead, report) {
  const package_read = pages.package_read;
  const looks = new Looks(package_read);
  const wrong = new Set();
  for (const one of found.letter) for (const how of looks.faults(one)) wrong.add(`holds words that are ${how}`);
  for (const how of package_read.wrong) wrong.add(`holds ${how}`);
  const odd = found.letter.flatMap((one) => [...unknown(one)].map((kind) => `the property ${kind}`));
  odd.push(...package_read.odd);
  if (letterhead !== null) {
    for (const kind of set_anew(found.letter, letterhead.lines)) odd.push(`the property ${kind}`);
    for (const kind of _other_looks(pages, letterhead)) wrong.add(`has other ${kind} than its letterhead`);
  }
  for (const how of settings_faults(package_read.of_kind("settings"))) wrong.add(how);
  if (found.letter.some((one) => looks.is_turned_by_style(one))) odd.push("words that a style turns around");
  if (found.letter.some((one) => looks.is_numbered_by_style(one))) {
    odd.push("numbers that its letterhead puts before paragraphs");
  }
  const fonts = odd.filter((one) => one.includes("embedded font"));
  if (letterhead !== null && fonts.length) wrong.add(`holds ${fonts[0]}`);
  for (const how of sorted_texts(wrong)) report.invalid.push(`${name} ${how}.`);
  _check_emphasis(name, found, looks, letterhead, report);
  if (odd.length) {
    const listed = [...new Set(odd)].join(", ");
    report.remarks.push(`${name} holds what no letter has, so look at it: ${listed}.`);
  }
}

function _check_emphasis(name, found, looks, letterhead, report) {
  const emphasis = new Emphasis(looks, letterhead !== null ? new Looks(letterhead.package_read) : null);
  let left = MOST_SAID;
  for (const one of found.taken) {
    for (const how of emphasis.faults(one)) {
      if (left-- <= 0) return;
      report.invalid.push(`${name} is not what was signed: ${one.where} ${one.number} ${how}.`);
    }
  }
}

function* _other_looks(pages, letterhead) {
  for (const kind of LOOKS) {
    const [there, due] = [pages, letterhead].map((one) =>
      latin1(one.package_read.content(kind) ?? new Uint8Array()).replace(LANGUAGE, ""),
    );
    if (there !== due) yield kind;
  }
}

function _check_letterheads(bundle, printing, report) {
  const named = new Set([...printing.settings.values()].map((setting) => setting.letterhead));
  for (const [name, content] of sorted_items(bundle.letterheads)) {
    if (sha256_hex(content) !== partition(name, ".")[0]) {
      report.invalid.push(`letterheads/${name} was changed: its bytes are not those of its name.`);
    } else if (!named.has(partition(name, ".")[0])) {
      report.invalid.push(`letterheads/${name} is not a letterhead of this letter: no entry names it.`);
    }
  }
}

/** The countries between the names: committed to; in entries of old they stand as they are. */
function _headings(rendered, replay) {
  const found = (replay.disclosed.get(rendered.seq) ?? rendered.about).get("headings");
  return Array.isArray(found) ? found.map(str) : [];
}

/** The place before the date: committed to where there is one. */
function _place_before_date(rendered, replay) {
  const place = replay.disclosed.get(rendered.seq)?.get("place");
  return cleaned(truth(place) ? str(place) : "");
}

/** The lines of each recipient whose lines are in a document; those of the first where none are. */
function likely_recipients(text, pages) {
  const recipients = truth(text.get("recipients")) ? text.get("recipients") : [];
  let blocks = (Array.isArray(recipients) ? recipients : []).filter(is_dict).map(_address);
  if (!blocks.length) blocks = [[]];
  const there = new Set(pages.lines.map((one) => one.line.words));
  const likely = [...new Map(blocks.map((block) => [JSON.stringify(block), block])).values()].filter((block) =>
    block.every((line) => there.has(line)),
  );
  return likely.length ? likely : blocks.slice(0, 1);
}

function _address(recipient) {
  const address = recipient.get("address");
  const lines = ["name", "title", "office"].map((key) => recipient.get(key));
  if (Array.isArray(address)) lines.push(...address);
  return lines.map((line) => cleaned(truth(line) ? str(line) : "")).filter(Boolean);
}

function _said_by(printed_ones) {
  return printed_ones.map((one) => one.line);
}

/** Compare the page, the footnotes and the margins. */
function _on_letterhead(pages, letterhead, given, setting) {
  const found_lines = pages.lines.filter((one) => letterhead !== null || !is_section(one));
  let found;
  if (letterhead !== null) found = compare([...items(letterhead.lines, given)], found_lines, given);
  else if (setting.name) found = compare([...items(places(BUILT_IN.get(setting.name)), given)], found_lines, given);
  else found = compare_loosely(found_lines, given);
  compare_notes(pages, given, found);
  _compare_margins(pages, letterhead, given, setting, found);
  return found;
}

/** Compare the footnotes with those of the text, and add what was found. */
function compare_notes(pages, given, found) {
  const [there, due] = [pages.footnotes, given.body.footnotes];
  if (there.length !== due.length) found.wrong.push(`it has ${there.length} footnotes, and the text ${due.length}`);
  for (let number = 0; number < Math.min(there.length, due.length); number++) {
    const wanted = due[number].map((line) => exact(line, "the text"));
    const compared = compare(wanted, there[number], given, `footnote ${number + 1}, paragraph`);
    _take_along(found, compared);
  }
}

function _take_along(found, more) {
  found.wrong.push(...more.wrong);
  for (const one of more.letter) found.letter.push(one);
  for (const one of more.taken) found.taken.push(one);
}

/** The headers and footers are the letterhead's, to the last word. */
function _compare_margins(pages, letterhead, given, setting, found) {
  const [own, theirs] = [pages.margins, letterhead === null ? null : letterhead.margins];
  if (theirs !== null && (own.size !== theirs.size || [...own.keys()].some((part) => !theirs.has(part)))) {
    found.wrong.push("it has other headers and footers than its letterhead");
  }
  for (const [part, lines] of own) {
    if (theirs !== null) {
      const wanted = (theirs.get(part) ?? []).map((one) => Object.assign(filled(one.line, given), { place: one }));
      _take_along(found, compare(wanted, lines, given, `in ${part}, paragraph`));
      continue;
    }
    const told = margin_words(lines);
    if (told.length && setting.name) {
      found.wrong.push(`its ${part} says more than the number of the page: ${told.join("; ")}`);
    } else if (told.length) found.remarks.push(`says in ${part}, which was not signed: ${told.join("; ")}`);
  }
}

/** What a header or a footer says besides the number of the page. */
function margin_words(lines) {
  return lines.filter((one) => !_is_page_number(one)).map((one) => plain(one.line.words));
}

function _is_page_number(one) {
  let words = one.line.words;
  for (const field of PAGE_NUMBER) words = words.replaceAll(`${field}\x01field separate\x021\x01field end\x02`, "");
  return !strip(words, " /");
}

/** Whether what is drawn in a line is the QR code of the letter's approval and nothing else. */
function _is_footer_code(one, qr) {
  const pictures = Array.from(one.line.words.matchAll(/picture ([0-9a-f]{64})/g), (found) => found[1]);
  const others = one.line.words.replace(MARK, (whole, named_so) => (named_so.startsWith("picture ") ? "" : whole));
  return Boolean(qr) && pictures.length === 1 && pictures[0] === qr && !others.includes("\x01");
}

/** Whether a part is a picture other than that QR code. */
function _is_picture(part, pages, qr) {
  if (!part.startsWith("word/media/")) return false;
  return !qr || sha256_hex(pages.package_read.parts.get(part)) !== qr;
}

/** Whether a line is none, but where a section of the document ends. */
function is_section(one) {
  return one.line.words.startsWith("\x01section ");
}

function _is_drawn(one) {
  return ["picture", "drawing", "pict", "AlternateContent", "object"].some((kind) =>
    one.line.words.includes(`\x01${kind} `),
  );
}

function _words_of(pages) {
  const found = [];
  const margins = [...pages.margins].map(([part, at]) => [_margin(part), at]);
  for (const [where, lines] of [["on the page", pages.lines], ...margins]) {
    const told = lines.map((one) => plain(_own_words(one.line))).filter((words) => Array.from(words).some(is_alnum));
    if (told.length) found.push(`${where} ${repr(told.join(" / "))}`);
  }
  return [...new Set(found)];
}

function _margin(part) {
  return part.includes("footer") ? "in a footer" : "in a header";
}

function _own_words(line) {
  let words = line.words;
  for (const kind of ["separate\x021", "separate\x02"]) {
    words = words.replaceAll(`\x01field ${kind}`, "\x01field separate\x02");
  }
  words = words
    .split("\x01")
    .map((part, number) => (number ? partition(part, "\x02")[2] : part))
    .join("");
  for (const mark of [
    "recipient", "date", "subject", "salutation", "body", "closing", "signatories", "logos", "title", "running",
  ]) {
    words = words.replaceAll(`{{ ${mark} }}`, " ");
  }
  return `${line.label} ${words}`;
}

/** Say whether a document that somebody received is one that was sent. */
function check_received(received, replay, report) {
  for (const [name, content] of received) {
    const sha = sha256_hex(content);
    const made = replay.renderings.filter((one) => sha === one.about.get("docx") || sha === one.about.get("pdf"));
    const last = made[made.length - 1];
    const added = replay.afterwards.documents.has(sha) ? replay.afterwards.made : null;
    if (added) {
      const how = replay.afterwards.sent ? "sent" : "not sent";
      report.facts.push(`Document ${name}: it is the addendum of entry ${added.seq}, ${how} (${sha}).`);
    } else if (last && replay.dispatched.includes(last.about.get("docx"))) {
      report.facts.push(`Document ${name}: it is the one of entry ${last.seq}, which was sent (${sha}).`);
    } else {
      const why = last ? "was made, but never sent" : "is not a document of this letter";
      report.invalid.push(`The document ${name} ${why} (its SHA-256 is ${sha}).`);
    }
  }
}
