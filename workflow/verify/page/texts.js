// --- texts: the texts against the digests that were frozen, and personal data against the commitments

const COMMITMENT = utf8_of("undersigned/commit/v1\0");

/** Check each text against the digest that the log froze; returns the texts by their digests. */
function check_revisions(bundle, entries, report, erased) {
  const frozen = new Map();
  const texts = new Map();
  for (const entry of entries) {
    const number = entry.about.get("number");
    if (entry.action !== "revision.frozen" || !is_whole(number)) continue;
    if (!frozen.has(number)) frozen.set(number, entry);
    const first = frozen.get(number);
    if (!equal(first.about.get("digest"), entry.about.get("digest"))) {
      report.invalid.push(`The entries ${first.seq} and ${entry.seq} freeze two texts under one number.`);
    }
  }
  for (const [number, content] of sorted_items(bundle.revisions)) {
    const digest = sha256_hex(content);
    const by = frozen.get(number);
    frozen.delete(number);
    if (!by) report.invalid.push(`Revision ${number} was never frozen: no entry names it.`);
    else if (digest !== by.about.get("digest")) {
      report.invalid.push(
        `Revision ${number} is not the text that entry ${by.seq} froze: its digest is ${digest}.`,
      );
    } else {
      try {
        texts.set(digest, read_json(content));
      } catch (fault) {
        if (!(fault instanceof VerificationError)) throw fault;
        report.invalid.push(`Revision ${number} ${fault.message}.`);
      }
    }
  }
  if (erased.begun !== null && frozen.size) {
    const lost = some_of(frozen.keys());
    report.remarks.push(
      `The texts of the revisions ${lost} were erased: entry ${erased.begun.seq}. A copy from elsewhere is that ` +
        "text if its SHA-256 is the digest that was frozen.",
    );
    frozen.clear();
  }
  for (const [number, entry] of frozen) {
    report.invalid.push(`Revision ${number}, which entry ${entry.seq} froze, is missing.`);
  }
  return new Map([...texts].filter(([, text]) => is_dict(text)));
}

/**
 * Open the salted commitments; returns what they hold by entry. One without a disclosure is withheld or erased.
 *
 * Where the evidence is not `whole`, what is said of others was left out on purpose.
 */
function check_disclosures(bundle, entries, report, erased, whole = true) {
  const committed = new Map();
  for (const entry of entries) if (entry.commitment !== null) committed.set(entry.seq, entry.commitment);
  const opened_ones = new Map();
  const files = sorted_items(bundle.disclosures).map(([seq, content]) => [`disclosures/${seq}.json`, seq, content]);
  const lines = bundle.opened.map((line, number) => [`disclosures.jsonl, line ${number + 1}:`, null, line]);
  for (const [source, seq, content] of [...files, ...lines]) {
    try {
      const [number, held] = _opened(content, committed, seq);
      if (opened_ones.has(number)) throw new VerificationError(`opens entry ${number} once more`);
      opened_ones.set(number, held);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`${source} ${fault.message}.`);
    }
  }
  report.facts.push(...erased.facts);
  const missing = [...committed.keys()].filter((seq) => !opened_ones.has(seq));
  const of_withheld = whole ? _of_withheld(entries) : new Set(missing);
  const gone = missing.filter((seq) => erased.openings.has(seq));
  const withheld = missing.filter((seq) => !erased.openings.has(seq) && of_withheld.has(seq));
  const lost = missing.filter((seq) => !erased.openings.has(seq) && !of_withheld.has(seq));
  if (missing.length) {
    report.facts.push(
      `Personal data: shown for ${opened_ones.size} entries, erased for ${gone.length}, withheld for ${withheld.length}.`,
    );
    report.unchecked.push(`what ${missing.length} of the entries say of persons: it is withheld or erased`);
  }
  if (lost.length) {
    report.remarks.push(
      `What opens the entries ${some_of(lost)} is not here, and no entry says that it was erased: ` +
        "it was left out, or lost.",
    );
  }
  const back = [...opened_ones.keys()].filter((seq) => erased.openings.has(seq));
  if (back.length) report.remarks.push(`What opens the entries ${some_of(back)} is here, though it was erased.`);
  return opened_ones;
}

/** The entries about an organisation whose name is withheld. */
function _of_withheld(entries) {
  const withheld = new Map();
  for (const entry of entries) {
    if (entry.action !== "invitation.placed") continue;
    withheld.set(str(entry.about.get("invitation")), entry.about.get("confidential") === true);
  }
  return new Set(entries.filter((entry) => withheld.get(str(entry.about.get("invitation")))).map((entry) => entry.seq));
}

/**
 * Return the entry of a disclosure and what it holds, if it committed to it: SHA-256(label, salt, canonical payload).
 *
 * In a line the disclosure names its entry, where it is a file of its own the name of the file does.
 */
function _opened(content, committed, seq) {
  const fields = read_json(content);
  const due = seq !== null ? ["payload", "salt"] : ["payload", "salt", "seq"];
  if (!is_dict(fields) || fields.size !== due.length || !due.every((name) => fields.has(name))) {
    throw new VerificationError("has not a salt of 32 bytes and what it opens");
  }
  const [number, salt, held] = [fields.has("seq") ? fields.get("seq") : seq, fields.get("salt"), fields.get("payload")];
  if (!is_text(salt) || !/^[0-9a-f]{64}$/.test(salt) || !is_dict(held)) {
    throw new VerificationError("has not a salt of 32 bytes and what it opens");
  }
  const found = sha256_hex(joined_bytes(COMMITMENT, from_hex(salt), canonical(held)));
  if (!is_whole(number) || found !== committed.get(number)) {
    throw new VerificationError("is not what its entry committed to");
  }
  return [number, held];
}
