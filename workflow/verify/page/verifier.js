// --- verifier: all checks of an evidence bundle, in order

/**
 * Check the files of an evidence bundle (name to bytes) and return the report.
 *
 * `vkeys` are the keys that one trusts (without one, the bundle's own, and the report says so); `receipts` are proofs,
 * checkpoints or receipt mails from outside, by name; `received` are documents as somebody received them; `letter` is
 * the letter that was asked for; `signed_by` checks a signature; `witnesses` are their keys, and `certificates` (DER)
 * those of time-stamp servers that one trusts. Throws InputError when nothing can be checked.
 */
function verify(files, given = {}) {
  const { vkeys = [], receipts = new Map(), received = new Map(), letter = null, signed_by = is_signed } = given;
  const bundle = sort_out(files);
  const trusted = (vkeys.length ? vkeys : [_own_key(bundle)]).map((vkey) => read_key(vkey));
  const report = new Report(vkeys.length > 0);
  const [witnesses, certificates] = [given.witnesses ?? [], given.certificates ?? []];
  if (bundle.others.has(OF_ONE)) {
    return verify_one(bundle, trusted, receipts, received, letter, report, signed_by, witnesses, certificates);
  }
  if (bundle.continued.size) {
    throw new InputError("checkpoints/consistency.jsonl does not belong in evidence of a whole letter.");
  }
  const entries = check_entries(bundle, report);
  const newest = bundle.checkpoints.get(greatest(bundle.checkpoints.keys())) ?? new Uint8Array();
  const keys = new Keys(trusted, entries, newest, report, signed_by);
  if (letter !== null && report.letter !== letter) {
    report.invalid.push(`This is evidence of the letter ${report.letter}, not of ${letter}.`);
  }
  const whole = !report.invalid.length;
  const signed = [...check_checkpoints(bundle, keys, report), ...check_proofs(bundle, keys, entries, report)];
  check_roots(bundle, signed, report);
  keys.check(signed, report);
  const erased = read_erased(entries);
  const texts = check_revisions(bundle, entries, report, erased);
  const replay = new Replay(check_disclosures(bundle, entries, report, erased), texts, report);
  replay.erased = erased;
  if (whole) {
    const printing = new Printing(replay.disclosed);
    for (const entry of entries) {
      replay.apply(entry);
      printing.apply(entry);
    }
    check_documents(bundle, replay, printing, texts, report);
    check_printed_names(replay, printing, report);
    check_received(received, replay, report);
    const pdfs = [...bundle.documents.keys()].filter((name) => name.endsWith(".pdf")).length;
    if (pdfs) {
      report.unchecked.push(
        `what is printed in ${pdfs} PDFs: their bytes are on record, their words were not read`,
      );
    }
  } else report.unchecked.push("sign-offs and documents: the entries are not whole");
  const heads = new Heads(bundle, keys, signed, report);
  heads.check_witnesses(witnesses);
  heads.check_stamps(bundle, signed, certificates);
  report.facts = [..._facts(keys, entries, signed, replay, report), ...report.facts];
  check_receipts(bundle, keys, signed, heads, replay.signoffs, receipts, report);
  return report;
}

function _own_key(bundle) {
  const of_one = bundle.others.get(OF_ONE);
  const content = of_one?.length ? of_one : bundle.others.get("letter.json");
  const text = content === undefined ? null : strictly_decoded(content);
  const told = text === null ? undefined : new LooseJson(text).read();
  if (is_dict(told) && told.has("vkey")) return is_text(told.get("vkey")) ? told.get("vkey") : "";
  throw new InputError("There is no key to check with. Take it from a receipt, and give it with --vkey.");
}

function _facts(keys, entries, signed, replay, report) {
  const size = greatest(signed.map((checkpoint) => checkpoint.size));
  const newest = signed.find((checkpoint) => checkpoint.size === size);
  const key = keys.newest;
  const facts = [`Letter ${report.letter}, log ${key.name}/letters/${report.letter}, key ${key.said}`];
  facts.push(...keys.changes.map((change) => `Entry ${change.seq}, ${change.at}: the key was changed.`));
  if (entries.length) {
    const last = entries[entries.length - 1];
    facts.push(`${entries.length} entries, ${entries[0].at} to ${last.at}; the letter is ${replay.state}.`);
  }
  if (newest) facts.push(`Newest checkpoint: ${newest.size} entries, root ${to_base64(newest.root)}`);
  for (const [seq, address] of replay.sent_to) facts.push(`The letter was mailed to ${address}: entry ${seq}.`);
  const standing = replay.counting(replay.digest);
  for (const [seq, entry] of replay.signoffs) {
    const { late, lasting, withdrawn } = replay.afterwards;
    let counts = standing.has(seq) ? "counts" : "does not count";
    if (late.has(seq)) counts = lasting.has(seq) ? "given late, for the addendum" : "given late, taken back";
    else if (withdrawn.has(seq)) counts = `counts, withdrawn after it was sent (entry ${withdrawn.get(seq)})`;
    const how = HOW.get(entry.action) ?? "confirmed";
    const text = first_of(entry.about.get("digest"), 12);
    facts.push(`Sign-off in ${replay.name(seq)}: ${entry.at}, text ${text}, ${how}, ${counts}.`);
  }
  return facts;
}
