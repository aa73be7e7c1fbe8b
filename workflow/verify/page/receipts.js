// --- receipts: what others hold: receipts, checkpoints and heads from outside, compared with this log

/** The header of a mail that carries the newest head of the log over all letters, in base64. */
const HEAD_HEADER = "Undersigned-Head";
const NO_RECEIPT = "receipts and heads from outside: none was given (--receipt), so only the operator vouches";

/** Compare what lies in other people's mailboxes with this log; two roots for one size diverge. */
function check_receipts(bundle, keys, signed, heads, receipts, report) {
  for (const [name, content] of counted_once(receipts, report)) {
    try {
      const agreeing = read_receipt(name, content).map((text) =>
        _agrees(name, text, bundle, keys, signed, heads, report),
      );
      report.matches += Number(agreeing.includes(true));
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault;
      report.unusable.push(fault.message);
    }
  }
  const stated = new Map();
  for (const checkpoint of signed) {
    if (!stated.has(checkpoint.size)) stated.set(checkpoint.size, checkpoint);
    const other = stated.get(checkpoint.size);
    if (!same_bytes(other.root, checkpoint.root)) report.diverged.push(two_notes(checkpoint, other));
  }
  say_reached(report, greatest(bundle.entries.keys()) + 1);
  if (!receipts.size) {
    report.unchecked.push(NO_RECEIPT);
  }
}

/** Return what was given without copies of the same bytes, which vouch for nothing more. */
function counted_once(receipts, report) {
  const [seen, once] = [new Map(), []];
  for (const [name, content] of receipts) {
    const known = sha256_hex(content);
    if (seen.has(known)) {
      report.facts.push(`Receipt ${name}: a copy of ${seen.get(known)}, so it is not counted again.`);
      continue;
    }
    seen.set(known, name);
    once.push([name, content]);
  }
  return once;
}

/** Say which of the entries are younger than all from outside that matches: for these only the operator vouches. */
function say_reached(report, count) {
  if (report.matches && report.reached < count) {
    report.unchecked.push(
      `the entries from ${report.reached} to ${BigInt(count) - 1n}, against anything outside: what was given is older`,
    );
  }
}

/** Return the proofs, checkpoints and heads in a text of one, or in a whole mail (.eml). Throws InputError. */
function read_receipt(name, content) {
  const text = decoded(content).replaceAll("\r\n", "\n");
  if (text.startsWith(PROOF_HEADER) || (count_of(text, "\n") < 30 && text.includes("\n\n— "))) return [text];
  const mail = read_mail(latin1(content));
  const texts = [];
  for (const part of parts_of_mail(mail)) {
    if (!attached_name(part).endsWith(".tlog-proof")) continue;
    const found = payload(part);
    if (found !== null) texts.push(decoded(found).replaceAll("\r\n", "\n"));
  }
  for (const head of headers(mail, HEAD_HEADER)) {
    const note = strictly_decoded(loosely_padded(split_words(head).join("")) ?? Uint8Array.of(0xff));
    if (note === null) {
      throw new InputError(`${name}: its ${HEAD_HEADER} is not one: it was cut off or changed.`);
    }
    texts.push(note);
  }
  if (!texts.length) {
    throw new InputError(
      `${name} holds no proof and no head: save the whole mail as .eml, or its attachment .tlog-proof.`,
    );
  }
  return texts;
}

/** Compare one proof, checkpoint or head; whether it is of this history. Throws InputError. */
function _agrees(name, text, bundle, keys, signed, heads, report) {
  let [index, path, receipt] = [-1, []];
  try {
    let note = text;
    if (text.startsWith(PROOF_HEADER)) [index, path, note] = read_proof(text);
    if (is_head(open_note(note))) return heads.compare(name, note);
    receipt = of_this_log(keys.open_receipt(name, note), keys.name, report.letter);
    if (receipt.size === 0) throw new VerificationError("it is of the log before its first entry");
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    throw new InputError(`${name}: ${fault.message}. It proves nothing about this evidence.`);
  }
  const count = greatest(bundle.entries.keys()) + 1;
  const found = roots(bundle.whole(), new Set([receipt.size, ...signed.map((c) => c.size)]));
  const rival = _rival(receipt, signed, found);
  const leaf = leaf_hash(bundle.entries.get(index) ?? new Uint8Array());
  if (rival !== null) report.diverged.push(two_notes(receipt, rival));
  else if (receipt.size > count) {
    report.invalid.push(
      `The log is cut short: ${name} was signed over ${receipt.size} entries, ${count} are here. If the receipt is ` +
        "younger than this evidence, ask for evidence of today.",
    );
  } else if (!found.has(receipt.size) || !same_bytes(found.get(receipt.size), receipt.root)) {
    report.invalid.push(`The entries are not those of ${name}: they were changed after it was signed.`);
  } else if (index >= 0 && !is_included(index, receipt.size, leaf, path, receipt.root)) {
    throw new InputError(`${name}: its checkpoint is that of this log, but its path to entry ${index} is damaged.`);
  } else {
    const proved = index >= 0 ? `, and proves entry ${index}` : "";
    report.reached = greatest([report.reached, receipt.size]);
    report.facts.push(`Receipt ${name}: agrees with the first ${receipt.size} entries${proved}.`);
    return true;
  }
  return false;
}

/** Return a signed checkpoint that cannot be of the same log as the receipt's, if there is one. */
function _rival(receipt, signed, found) {
  for (const checkpoint of signed) {
    if (checkpoint.size === receipt.size && !same_bytes(checkpoint.root, receipt.root)) return checkpoint;
  }
  // A longer one commits to the entries before it too, where it is the root of the entries that are here.
  const longer = signed.filter((c) => c.size > receipt.size && found.has(c.size) && same_bytes(c.root, found.get(c.size)));
  return longer.length && !same_bytes(found.get(receipt.size), receipt.root) ? longer[longer.length - 1] : null;
}
