// --- receipts: what others hold: receipts, checkpoints and heads from outside, compared with this log, each counted once
//
// Nothing in a file shows that it came from elsewhere: whoever gives it vouches for that. What can be told is whether it
// is more than the evidence itself carries, and more than what was given besides.

/** The header of a mail that carries the newest head of the log over all letters, in base64. */
const HEAD_HEADER = "Undersigned-Head";
/** The headers that every mail has which went out, and no file of the evidence. */
const OF_A_MAIL = ["From", "Date", "Message-ID"];
const NO_RECEIPT = "receipts and heads from outside: none was given (--receipt), so only the operator vouches";
const ONLY_OWN = "receipts and heads from outside: what was given the evidence carries itself, so only the operator vouches";

/** What somebody holds, opened: a signed checkpoint or head, and the entry that it is to prove (-1 for none). */
class Held {
  constructor(name, content, index, path, signed, of_all) {
    Object.assign(this, { name, content, index, path, signed, is_head: of_all });
  }

  /** Whether its path leads from an entry to what was signed. */
  proves(entry) {
    return is_included(this.index, this.signed.size, leaf_hash(entry), this.path, this.signed.root);
  }

  /** What it shows: the note by what is signed, and which entry under it. */
  things() {
    const note = _thing(this.signed);
    return this.is_head || this.index < 0 ? [note] : [note, `${note} ${this.index}`];
  }
}

/**
 * Compare what lies in other people's mailboxes with this log, and count it.
 *
 * `agrees` compares what is of the letter's own log: it returns over how many entries that is, 0 where it is not of
 * this history. `signoffs` are the entries that receipts are of.
 */
function compare_receipts(receipts, bundle, keys, heads, signoffs, agrees, report) {
  const own = receipts.size ? _carried(bundle) : new Set();
  const shown_by = new Map();
  for (const [name, content] of counted_once(receipts, report)) {
    const agreeing = [];
    try {
      // Each of them is compared, whatever the first one says.
      for (const text of read_receipt(name, content)) {
        const held = _open_held(name, content, text, keys, heads, report);
        const size = held.is_head ? heads.compare(name, held.signed) : agrees(held);
        if (size) agreeing.push([held, size]);
      }
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault;
      report.unusable.push(fault.message);
      continue;
    }
    const outside = agreeing.filter(([held]) => _is_a_mail(content) || !_is_own(held, own, signoffs));
    if (outside.length) {
      shown_by.set(name, new Set(outside.flatMap(([held]) => held.things())));
      report.reached = greatest([report.reached, ...outside.map(([, size]) => size)]);
    } else if (agreeing.length) {
      report.own++;
      report.facts.push(
        `Receipt ${name}: the evidence itself carries what it holds, and nothing in it is of an email that ` +
          "went out, so it is not counted. Give the whole mail, as .eml.",
      );
    }
  }
  _count(shown_by, report);
  if (!report.matches && report.own) report.unchecked.push(ONLY_OWN);
  else if (!receipts.size) report.unchecked.push(NO_RECEIPT);
}

/** Count each that shows what no other one that is counted shows. */
function _count(shown_by, report) {
  const left = new Map();
  for (const things of shown_by.values()) for (const thing of things) left.set(thing, (left.get(thing) ?? 0) + 1);
  const names = [...shown_by.keys()];
  const again = new Set();
  const by_size = [...names].reverse().sort((one, other) => shown_by.get(one).size - shown_by.get(other).size);
  for (const name of by_size) {
    const things = [...shown_by.get(name)];
    if (!things.every((thing) => left.get(thing) > 1)) continue;
    for (const thing of things) left.set(thing, left.get(thing) - 1);
    again.add(name);
  }
  const counted = names.filter((name) => !again.has(name));
  report.matches += counted.length;
  const first = new Map();
  counted.forEach((name, place) => {
    for (const thing of shown_by.get(name)) if (!first.has(thing)) first.set(thing, place);
  });
  for (const name of names.filter((one) => again.has(one))) {
    const places = new Set([...shown_by.get(name)].map((thing) => first.get(thing)));
    const others = sorted_numbers(places).map((place) => counted[place]).join(" and ");
    report.facts.push(`Receipt ${name}: shows nothing that ${others} does not show, so it is not counted again.`);
  }
}

/** What the evidence itself carries: its notes, and what its proofs prove under them. */
function _carried(bundle) {
  const found = new Map();
  const keep = (note, index) => found.set(note, (found.get(note) ?? new Set()).add(index));
  const passing = (doing) => {
    try {
      doing();
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
    }
  };
  for (const content of [...bundle.checkpoints.values(), bundle.common.get(HEAD) ?? new Uint8Array()]) {
    passing(() => keep(utf8(content), -1));
  }
  for (const content of [bundle.proofs, bundle.common, bundle.stamps].flatMap((files) => [...files.values()])) {
    passing(() => {
      const [index, , note] = read_proof(utf8(content));
      keep(note, index);
    });
  }
  const things = new Set();
  for (const [content, indexes] of found) {
    passing(() => {
      const note = _thing(checkpoint_of("", open_note(content)));
      things.add(note);
      for (const index of indexes) things.add(`${note} ${index}`);
    });
  }
  return things;
}

function _thing(signed) {
  return `${signed.origin} ${signed.size} ${hex(signed.root)}`;
}

/** Whether the evidence carries it; a receipt proves a sign-off, which under that note may stand nowhere else. */
function _is_own(held, own, signoffs) {
  const things = held.things();
  return own.has(things[things.length - 1]) || (own.has(things[0]) && !signoffs.has(held.index));
}

function _is_a_mail(content) {
  const mail = read_mail(latin1(content));
  return OF_A_MAIL.every((name) => strip(header(mail, name.toLowerCase()) ?? ""));
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

/** Open one proof, checkpoint or head of this log, or of the one over all letters. Throws InputError. */
function _open_held(name, content, text, keys, heads, report) {
  try {
    const [index, path, note] = text.startsWith(PROOF_HEADER) ? read_proof(text) : [-1, [], text];
    if (is_head(open_note(note))) return new Held(name, content, index, path, heads.open(name, note), true);
    const signed = of_this_log(keys.open_receipt(name, note), keys.name, report.letter);
    if (signed.size === 0) throw new VerificationError("it is of the log before its first entry");
    return new Held(name, content, index, path, signed, false);
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    throw new InputError(`${name}: ${fault.message}. It proves nothing about this evidence.`);
  }
}

// --- with all of the letter's log at hand

/** Compare what others hold with the whole of this log; two roots for one size diverge. */
function check_receipts(bundle, keys, signed, heads, signoffs, receipts, report) {
  compare_receipts(receipts, bundle, keys, heads, signoffs, (held) => _agrees(held, bundle, signed, report), report);
  const stated = new Map();
  for (const checkpoint of signed) {
    if (!stated.has(checkpoint.size)) stated.set(checkpoint.size, checkpoint);
    const other = stated.get(checkpoint.size);
    if (!same_bytes(other.root, checkpoint.root)) report.diverged.push(two_notes(checkpoint, other));
  }
  say_reached(report, greatest(bundle.entries.keys()) + 1);
}

/** Say which of the entries are younger than all from outside that matches: for these only the operator vouches. */
function say_reached(report, count) {
  if (report.matches && report.reached < count) {
    report.unchecked.push(
      `the entries from ${report.reached} to ${BigInt(count) - 1n}, against anything outside: what was given is older`,
    );
  }
}

/** Compare a proof or a checkpoint; how many entries it is over, 0 if not of this history. Throws InputError. */
function _agrees(held, bundle, signed, report) {
  const { name, index, signed: receipt } = held;
  const count = greatest(bundle.entries.keys()) + 1;
  const found = roots(bundle.whole(), new Set([receipt.size, ...signed.map((c) => c.size)]));
  const rival = _rival(receipt, signed, found);
  if (rival !== null) report.diverged.push(two_notes(receipt, rival));
  else if (receipt.size > count) {
    report.invalid.push(
      `The log is cut short: ${name} was signed over ${receipt.size} entries, ${count} are here. If the receipt is ` +
        "younger than this evidence, ask for evidence of today.",
    );
  } else if (!found.has(receipt.size) || !same_bytes(found.get(receipt.size), receipt.root)) {
    report.invalid.push(`The entries are not those of ${name}: they were changed after it was signed.`);
  } else if (index >= 0 && !held.proves(bundle.entries.get(index) ?? new Uint8Array())) {
    throw new InputError(`${name}: its checkpoint is that of this log, but its path to entry ${index} is damaged.`);
  } else {
    const proved = index >= 0 ? `, and proves entry ${index}` : "";
    report.facts.push(`Receipt ${name}: agrees with the first ${receipt.size} entries${proved}.`);
    return receipt.size;
  }
  return 0;
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
