// --- addendum: that its documents are those its entry names, print the late sign-offs, and name the letter's own

/** So many paragraphs of an addendum, besides the names, are told. */
const MOST_PARAGRAPHS = 40;

/** Every document of the addendum, as often as it was made, by its name in the evidence: each with its entry. */
function addendum_documents(replay) {
  return new Map(replay.afterwards.every.map(([made, sha, kind]) => [`${sha}.${kind}`, made]));
}

/** Check the Word documents of the addendum as it was made last, and tell what they say besides the names. */
function check_addendum(bundle, replay, printing, report) {
  const made = replay.afterwards.made;
  if (made === null) return;
  for (const one of made.about.get("documents").values()) {
    const name = `${str(one.get("docx") ?? null)}.docx`;
    if (!bundle.documents.has(name)) continue; // Said already.
    let said;
    try {
      said = read_pages(bundle.documents.get(name)).lines.map((printed) => printed.line.words);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`documents/${name} ${fault.message}.`);
      continue;
    }
    const people = _people_of(made, replay, printing);
    const letter = truth(one.get("letter")) ? str(one.get("letter")) : "";
    for (const lack of _addendum_lacks(said, people, letter, replay)) {
      report.invalid.push(`documents/${name}, the addendum, ${lack}.`);
    }
    const named = people.filter((who) => who.lines !== null && who.lines.length > 0);
    const others = said.filter((words) => strip(words) && !named.some((who) => who.is_in(words)));
    const told = others.slice(0, MOST_PARAGRAPHS).map(plain).join("; ");
    report.facts.push(`documents/${name}, the addendum, says besides the names: ${told}`);
  }
  if (replay.afterwards.sent === null) {
    report.facts.push(`The addendum of entry ${made.seq} has not been sent.`);
  }
}

function _people_of(made, replay, printing) {
  const of = new Map(made.about.get("signoffs").map((seq) => [seq, (printing.signed.get(seq) ?? [""])[0]]));
  const those = (known) => new Set([...of].filter(([, invitation]) => known.has(invitation)).map(([seq]) => seq));
  const disclosed = as_printed(replay.disclosed, new Map(), new Map());
  return names([...of.keys()], those(printing.withheld), disclosed, those(printing.individuals));
}

function* _addendum_lacks(said, people, letter, replay) {
  if (!replay.dispatched.includes(letter)) yield "is said to belong to a document that was not sent";
  if (!said.some((words) => words.includes(letter))) {
    yield "does not name the letter that it belongs to by its SHA-256";
  }
  for (const name of people) {
    if (name.lines !== null && !said.some((words) => name.is_in(words))) {
      yield `does not print the late sign-off in ${replay.name(name.seq)}`;
    }
  }
}
