// --- signed: what was signed: checkpoints and proofs against the entries that are here

/** Check the signature of every checkpoint of the bundle; returns those that hold and are of this log. */
function check_checkpoints(bundle, keys, report) {
  const signed = [];
  for (const [number, content] of sorted_items(bundle.checkpoints)) {
    if (!keys.at(number).length) continue;
    const source = `checkpoints/${number}.txt`;
    try {
      const checkpoint = keys.open(source, utf8(content));
      if (checkpoint.size !== number) throw new VerificationError(`it is a checkpoint of ${checkpoint.size} entries`);
      signed.push(of_this_log(checkpoint, keys.name, report.letter));
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`${source}: ${fault.message}.`);
    }
  }
  if (!bundle.checkpoints.size) {
    report.invalid.push("There is no checkpoint: nobody has signed these entries.");
  }
  return signed;
}

/** Read a text file; throws VerificationError. */
function utf8(content) {
  const text = strictly_decoded(content);
  if (text === null) throw new VerificationError("it is not text in UTF-8");
  return text;
}

/** The entries that are sign-offs. */
const SIGNING = ["invitation.sign", "invitation.stay", "invitation.fulfil"];

/** Check that every sign-off has a proof that holds; returns the checkpoints that the proofs carry. */
function check_proofs(bundle, keys, entries, report) {
  const signed = [];
  for (const entry of entries) {
    if (SIGNING.includes(entry.action) && !bundle.proofs.has(entry.seq)) {
      report.invalid.push(`The proof of the sign-off in entry ${entry.seq} is missing.`);
    }
  }
  // Proofs mostly share the newest checkpoint: its signature is checked once.
  const opened_notes = new Map();
  const opened_note = (note) => {
    if (!opened_notes.has(note)) opened_notes.set(note, keys.open("", note));
    return opened_notes.get(note);
  };
  for (const [number, content] of sorted_items(bundle.proofs)) {
    const source = `proofs/${number}.tlog-proof`;
    try {
      const [index, path, note] = read_proof(utf8(content));
      const found = of_this_log(opened_note(note), keys.name, report.letter);
      const checkpoint = new Checkpoint(source, found.note, found.origin, found.size, found.root);
      const leaf = leaf_hash(bundle.entries.get(number) ?? new Uint8Array());
      if (index !== number || !is_included(index, checkpoint.size, leaf, path, checkpoint.root)) {
        throw new VerificationError(
          `it does not prove entry ${number}: it is of another entry, or one of the two was changed`,
        );
      }
      signed.push(checkpoint);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`${source}: ${fault.message}.`);
    }
  }
  return signed;
}

/** Say where the entries part from what was signed, and whether some were cut off or put at the end. */
function check_roots(bundle, signed, report) {
  if (!signed.length) return;
  const count = greatest(bundle.entries.keys()) + 1;
  const newest = greatest(signed.map((checkpoint) => checkpoint.size));
  const found = roots(bundle.whole(), new Set(signed.map((checkpoint) => checkpoint.size)));
  const reached = signed.filter((checkpoint) => found.has(checkpoint.size));
  const bad = reached.filter((c) => !same_bytes(c.root, found.get(c.size))).map((c) => c.size);
  if (bad.length) {
    const first = bad.reduce((one, other) => Math.min(one, other));
    const good = greatest(reached.map((c) => c.size).filter((size) => size < first), 0);
    const place = first === good + 1 ? `Entry ${good}` : `One of the entries ${good} to ${first - 1}`;
    report.invalid.push(
      `${place} is not what was signed: it was changed, or an entry was removed, added or moved there and the ` +
        `rest renumbered. The checkpoint of ${first} entries contradicts it; the first ${good} are as signed.`,
    );
  }
  if (newest > count) {
    report.invalid.push(`The log is cut short: a checkpoint of ${newest} entries was signed, ${count} are here.`);
  }
  if (newest < count) {
    report.invalid.push(`Entries were added at the end: nobody has signed those from ${newest} to ${count - 1}.`);
  }
}
