// --- loose: a document on a letterhead that the evidence does not hold (older evidence): each part is looked for

const PARTS = ["recipient", "subject", "salutation", "body", "closing", "signatories"];

/**
 * Find each part whole and in one place, the text before the closing and the names; the rest is to be looked at.
 *
 * Where the names are not known either (not `with_names`), they are among the rest, and the text may begin in a cell.
 */
function compare_loosely(found, given, parts = PARTS, with_names = true) {
  const made = new Compared();
  const taken = new Map();
  for (const part of parts) {
    const wanted = [...items(places([part], with_names ? "" : "|"), given)];
    const behind = [...taken].filter(([, whose]) => ["body", "closing"].includes(whose)).map(([at]) => at);
    const begin = ["closing", "signatories"].includes(part) ? greatest(behind, -1) + 1 : 0;
    const place = _found(wanted, found, given, begin, taken);
    if (place === null) {
      _say_missing(part, wanted, found, given, made);
      continue;
    }
    const [at, compared] = place;
    compared.letter.forEach((_, number) => taken.set(at + number, part));
    for (const one of compared.letter) made.letter.push(one);
    for (const one of compared.taken) made.taken.push(new Taken(one.item, one.found, one.where, at + one.number));
    made.unnamed.push(...compared.unnamed);
  }
  _say_others(found, given, taken, made, with_names);
  return made;
}

function _found(wanted, found, given, begin, taken) {
  const count = given.headings.length ? given.names.length + given.headings.length - 1 : 0;
  const length = wanted.length + (wanted.some((item) => item.what === "countries") ? count : 0);
  for (let at = begin; at < found.length - length + 1; at++) {
    const there = found.slice(at, at + length);
    if (wanted.length && (taken.get(at) || !(given.headings.length || wanted[0].holds(there[0].line)))) continue;
    const compared = compare(wanted, there, given);
    if (!compared.wrong.length) return [at, compared];
  }
  return null;
}

/** A subject may stand amid the letterhead's words; anything else must be there, paragraph by paragraph. */
function _say_missing(part, wanted, found, given, made) {
  if (part === "subject" && found.some((one) => one.line.words.includes(given.line("subject")))) return;
  const begin = wanted.length ? found.findIndex((one) => wanted[0].holds(one.line)) : -1;
  if (begin < 0) {
    const due = wanted.length ? plain(wanted[0].line.words) : part;
    made.wrong.push(`it does not say ${repr(due)} where ${part} must stand`);
    return;
  }
  const { wrong } = compare(wanted, found.slice(begin, begin + wanted.length), given);
  made.wrong.push(`from paragraph ${begin + 1} on, ${wrong.length ? wrong[0] : part}`);
}

function _say_others(found, given, taken, made, with_names) {
  const others = found.filter((_, at) => !taken.has(at)).map((one) => one.line.words);
  made.dates = others.filter((words) => is_date(words, spoken(given.text))).slice(0, 1);
  const told = others.filter((words) => !made.dates.includes(words)).map(plain);
  if (told.length && !made.wrong.length) {
    const what = with_names ? "that nobody has signed. A letterhead is" : "besides the text. A letterhead and names are";
    made.remarks.push(
      `prints words ${what} expected here, which this evidence does not hold, and nothing else: ${told.join(" / ")}`,
    );
  }
}
