// --- one_document: a document that somebody received, against the evidence of one sign-off: its bytes, its words against
// the text

/** Say of each document whether entries that are here name it as sent, and whether it says what was signed. */
function check_received_of_one(received, replay, texts, report) {
  for (const [name, content] of received) {
    const sha = sha256_hex(content);
    const made = replay.renderings.filter((one) => sha === one.about.get("docx") || sha === one.about.get("pdf"));
    const last = made[made.length - 1];
    if (!last || !replay.dispatched.includes(last.about.get("docx"))) {
      const why = last ? `was made in entry ${last.seq}, and no entry here sends it` : "is named by no entry here";
      report.unusable.push(
        `The document ${name} ${why} (its SHA-256 is ${sha}): whether it was sent, the whole evidence shows.`,
      );
      continue;
    }
    report.facts.push(`Document ${name}: it is the one of entry ${last.seq}, which was sent (${sha}).`);
    const text = texts.get(last.about.get("digest"));
    if (sha !== last.about.get("docx")) {
      report.unchecked.push(`what is printed in ${name}: its bytes are on record, its words were not read`);
    } else if (text === undefined) {
      report.unchecked.push(`what is printed in ${name}: the text that it is of is not here`);
    } else _check_words(name, content, last, text, report);
  }
}

function _check_words(name, content, rendered, text, report) {
  let pages;
  try {
    pages = read_pages(content);
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    report.invalid.push(`${name} ${fault.message}.`);
    return;
  }
  const lines = pages.lines.filter((one) => !is_section(one));
  const margins = [...pages.margins.values()].flatMap((part) => part.map((one) => one.line.words));
  const body = compose(truth(text.get("body")) ? str(text.get("body")) : "");
  const nobody = { names: [], withheld: 0, headings: [], by_hand: new Map(), pictures: new Set(), place: "", people: [] };
  let best = null;
  for (const recipient of likely_recipients(text, pages)) {
    const given = new Given({ ...nobody, text, body, recipient });
    // A letterhead may print the subject in its headers alone.
    const above = margins.some((words) => words.includes(given.line("subject")));
    const found = compare_loosely(lines, given, PARTS.filter((one) => one !== "subject" || !above), false);
    compare_notes(pages, given, found);
    if (best === null || found.wrong.length < best.wrong.length) best = found;
  }
  for (const wrong of best.wrong) report.invalid.push(`${name} is not what was signed: ${wrong}.`);
  if (!best.wrong.length) check_looks(name, pages, best, null, report);
  for (const [part, there] of pages.margins) {
    const words = margin_words(there);
    if (words.length) best.remarks.push(`says in ${part}, which was not signed: ${words.join("; ")}`);
  }
  for (const remark of best.remarks) report.remarks.push(`${name} ${remark}`);
  report.unchecked.push(
    `what else is printed in ${name}, of entry ${rendered.seq}: its letterhead and the other names are not here`,
  );
}
