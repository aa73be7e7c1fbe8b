// --- one_signoff: the evidence of one sign-off: some entries, each with its proof, held to what they say of one
//
// Whether all of its entries are here no such evidence can show: what is not checked says so.

/** The file that says that evidence is of one sign-off. */
const OF_ONE = "signoff.json";
const CONTINUED = "consistency.jsonl";
const NOT_IN_ONE = [
  "who else signed, and what else is in the history of this letter: that is not here",
  "whether something was left out that the organisation did later, such as to withdraw: the whole evidence shows it",
  "what was printed and sent: no document is here",
];
const DOCUMENTS_NOT_JUDGED = "the documents that were given: the entries do not hold";

/** How the names of actions begin that are about the letter, and so about each organisation of it. */
const OF_THE_LETTER = [
  ...["letter.", "revision.", "document.", "person."],
  ...["campaign.terms", "deadline.extended", "clock.jumped", "addendum.sent"],
];

/** The letter's life with one invitation in it: of the others nothing is known. */
class OneReplay extends Replay {
  constructor(...given) {
    super(...given, false);
    this.telling.set("document.rendered", this._rendered);
    this.telling.set("letter.dispatch", this._dispatched);
    this.telling.set("letter.confirm", this._confirmed);
  }

  _rendered(entry) {
    const [digest, printed_ones] = [entry.says("digest"), entry.says("signoffs", "list")];
    entry.says("docx");
    const counting = this.counting(digest);
    const known = new Set(printed_ones.filter((seq) => is_whole(seq) && this.signoffs.has(seq)));
    for (const seq of sorted_numbers(counting)) {
      if (!known.has(seq)) {
        this._wrong(`The document of entry ${entry.seq} leaves out the sign-off in ${this.name(seq)}.`);
      }
    }
    for (const seq of sorted_numbers(known)) {
      if (!counting.has(seq)) this._wrong(`The document of entry ${entry.seq} prints ${this._no_sign_off(seq, digest)}`);
    }
    this.renderings.push(entry);
  }

  _dispatched(entry) {
    this._with_required(entry);
    this.dispatched = entry.says("documents", "list").map(str);
  }

  _confirmed() {}

  _approved(entry) {
    this._with_required(entry);
  }
}

/** Check the evidence of one sign-off, with the keys that one trusts, and return the report. */
function verify_one(bundle, trusted, receipts, received, letter, report, is_signed, witnesses, certificates) {
  report.unchecked.push(...NOT_IN_ONE);
  report.of = " for one signature alone";
  const [entries, contents] = _some_entries(bundle, report);
  if (letter !== null && report.letter !== letter) {
    report.invalid.push(`This is evidence of the letter ${report.letter}, not of ${letter}.`);
  }
  const newest = bundle.checkpoints.get(greatest(bundle.checkpoints.keys())) ?? new Uint8Array();
  const keys = new Keys(trusted, [], newest, report, is_signed);
  if (_is_of_another_key(newest, keys)) {
    report.unusable.push(
      "These proofs are signed with another key than the one that was given. If the key was changed, take the " +
        "one of now from a younger receipt, or check the evidence of the whole letter: it shows how keys follow.",
    );
    return report;
  }
  const signed = check_checkpoints(bundle, keys, report);
  const size = greatest(signed.map((checkpoint) => checkpoint.size));
  const one = signed.find((checkpoint) => checkpoint.size === size) ?? null;
  if (one !== null) {
    _check_each_proof(bundle, contents, one, report);
    _check_older(bundle, one, signed, report);
  }
  const erased = read_erased(entries);
  const texts = _some_texts(bundle, entries, report, erased.begun === null);
  const replay = new OneReplay(check_disclosures(bundle, entries, report, erased, false), texts, report);
  replay.erased = erased;
  if (!report.invalid.length) {
    for (const entry of entries) replay.apply(entry);
    check_received_of_one(received, replay, texts, report);
  } else if (received.size) report.unchecked.push(DOCUMENTS_NOT_JUDGED);
  _check_about(bundle, replay, report);
  const heads = new Heads(bundle, keys, signed, report);
  heads.check_witnesses(witnesses);
  heads.check_stamps(bundle, signed, certificates);
  report.facts = [..._told_of_one(keys, entries, one, replay, report), ...report.facts];
  const agrees = (held) => _agrees_with_one(held, contents, signed, report);
  compare_receipts(receipts, bundle, keys, heads, replay.signoffs, agrees, report);
  return report;
}

/** Read the entries: in order, none twice, all of one letter, of one invitation or of the letter itself. */
function _some_entries(bundle, report) {
  const [entries, contents, mails] = [[], new Map(), new Set()];
  const invitation = _signoff_said(bundle).get("invitation") ?? null;
  for (const [line, content] of sorted_items(bundle.entries)) {
    let entry;
    try {
      entry = read_entry(line, content);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`Of line ${line + 1}: ${fault.message}`);
      continue;
    }
    const last = entries[entries.length - 1];
    if (last && entry.seq <= last.seq) {
      report.invalid.push(`Entry ${entry.seq} comes after entry ${last.seq}: they are not in order.`);
    }
    if (last && entry.letter !== entries[0].letter) {
      report.invalid.push(`Entry ${entry.seq} is of another letter, ${entry.letter}.`);
    }
    const about = entry.about;
    if (entry.action === "delivery.queued" && equal(about.get("invitation") ?? null, invitation)) {
      mails.add(str(about.get("delivery")));
    }
    const of_mail = is_text(about.get("delivery")) && mails.has(about.get("delivery")) ? invitation : null;
    const named_one = about.has("invitation") ? about.get("invitation") : of_mail;
    const of_letter = OF_THE_LETTER.some((begin) => entry.action.startsWith(begin));
    if (!equal(named_one, invitation) && !of_letter) {
      report.invalid.push(`Entry ${entry.seq} (${entry.action}) is not about this organisation.`);
    }
    entries.push(entry);
    contents.set(entry.seq, content);
  }
  report.letter = entries.length ? entries[0].letter : "";
  return [entries, contents];
}

function _signoff_said(bundle) {
  const text = strictly_decoded(bundle.others.get(OF_ONE));
  const found = text === null ? undefined : new LooseJson(text).read();
  return is_dict(found) ? found : new Map();
}

function _is_of_another_key(note, keys) {
  try {
    const signatures = open_note(decoded(note));
    return !keys.trusted.some((key) => signatures.of(key).length);
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    return false;
  }
}

/** Every entry has a proof that leads to the one checkpoint, and there is no other proof. */
function _check_each_proof(bundle, contents, one, report) {
  for (const seq of sorted_numbers(new Set([...contents.keys(), ...bundle.proofs.keys()]))) {
    try {
      if (!bundle.proofs.has(seq)) throw new VerificationError("it is missing");
      const [index, path, note] = read_proof(utf8(bundle.proofs.get(seq)));
      if (note !== one.note) throw new VerificationError(`it does not lead to the checkpoint in ${one.source}`);
      const leaf = leaf_hash(contents.get(seq) ?? new Uint8Array());
      if (index !== seq || !is_included(index, one.size, leaf, path, one.root)) {
        throw new VerificationError(`it does not prove entry ${seq}: one of the two was changed, or is of another`);
      }
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`proofs/${seq}.tlog-proof: ${fault.message}.`);
    }
  }
}

/** The checkpoint that the proofs lead to continues each older one: what it proves of the first ones is of both. */
function _check_older(bundle, one, signed, report) {
  const older = new Map();
  for (const checkpoint of signed) if (checkpoint.size < one.size) older.set(checkpoint.size, checkpoint);
  const lines = latin1(bundle.continued.get(CONTINUED) ?? new Uint8Array()).split("\n");
  if (lines.pop()) report.invalid.push(`checkpoints/${CONTINUED} is cut off.`);
  lines.forEach((line, number) => {
    try {
      const fields = read_json(from_latin1(line));
      const [size, path] = is_dict(fields) ? [fields.get("size"), fields.get("path")] : [null, null];
      const checkpoint = is_whole(size) ? older.get(size) : undefined;
      older.delete(size);
      if (checkpoint === undefined || !Array.isArray(path) || fields.size !== 2) {
        throw new VerificationError("it is of no older checkpoint that is here");
      }
      const hashes = path.map((step) => (is_text(step) ? read_base64(step) : new Uint8Array()));
      if (!is_continued(checkpoint.size, checkpoint.root, one.size, one.root, hashes)) {
        throw new VerificationError(`it does not show that ${one.source} continues ${checkpoint.source}`);
      }
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`checkpoints/${CONTINUED}, line ${number + 1}: ${fault.message}.`);
    }
  });
  for (const checkpoint of older.values()) {
    report.invalid.push(`${checkpoint.source}: nothing shows that ${one.source} continues it.`);
  }
}

/** Check the texts that are here; those that its entries are about must be, where the letter is `whole`. */
function _some_texts(bundle, entries, report, whole) {
  const frozen = new Map();
  for (const one of entries) {
    if (one.action === "revision.frozen") frozen.set(one.about.get("number"), one.about.get("digest"));
  }
  const texts = new Map();
  for (const [number, content] of sorted_items(bundle.revisions)) {
    const digest = sha256_hex(content);
    if (frozen.get(number) !== digest) {
      report.invalid.push(`Revision ${number} is not the text that was frozen: its digest is ${digest}.`);
      continue;
    }
    try {
      const found = read_json(content);
      texts.set(digest, is_dict(found) ? found : new Map());
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`Revision ${number} ${fault.message}.`);
    }
  }
  for (const entry of entries) {
    const due = entry.about.has("invitation") ? (entry.about.get("digest") ?? null) : null;
    if (whole && due !== null && !texts.has(due)) {
      report.invalid.push(`The text that entry ${entry.seq} (${entry.action}) is about is not here.`);
    }
  }
  return texts;
}

/** The sign-off that this is said to be of must be one of the entries. */
function _check_about(bundle, replay, report) {
  const due = _signoff_said(bundle).get("signoff") ?? null;
  if (due !== null && !replay.signoffs.has(due) && !report.invalid.length) {
    report.invalid.push(`This is said to be of the sign-off in entry ${str(due)}, and there is none.`);
  }
}

function _told_of_one(keys, entries, one, replay, report) {
  const key = keys.newest;
  const facts = [`Letter ${report.letter}, log ${key.name}/letters/${report.letter}, key ${key.said}`];
  if (entries.length && one !== null) {
    facts.push(
      `Evidence of one organisation alone: ${entries.length} of ${one.size} entries, ${entries[0].at} to ` +
        `${entries[entries.length - 1].at}, each proved under the root ${to_base64(one.root)}`,
    );
  }
  const standing = replay.counting(replay.digest);
  for (const [seq, entry] of replay.signoffs) {
    const counts = standing.has(seq) ? "counts" : "does not count";
    const how = HOW.get(entry.action) ?? "confirmed";
    const made = replay.renderings.filter((rendered) => rendered.about.get("signoffs").includes(seq));
    const where = made.length ? `, printed by the documents of the entries ${made.map(({ seq }) => seq).join(", ")}` : "";
    const text = first_of(entry.about.get("digest"), 12);
    facts.push(
      `Sign-off in ${replay.name(seq)}: ${entry.at}, text ${text}, ${how}, ${counts} as far as is here${where}.`,
    );
  }
  for (const entry of entries) {
    if (["invitation.decline", "invitation.retract"].includes(entry.action)) {
      facts.push(`Entry ${entry.seq}, ${entry.at}: ${partition(entry.action, ".")[2]}.`);
    }
  }
  return facts;
}

/** Compare a proof or a checkpoint from outside; how many entries it is over, 0 if none. Throws InputError. */
function _agrees_with_one(held, contents, signed, report) {
  const { name, index, signed: receipt } = held;
  const newest = greatest(signed.map((checkpoint) => checkpoint.size));
  const one = signed.find((checkpoint) => checkpoint.size === newest) ?? null;
  const same = signed.find((checkpoint) => checkpoint.size === receipt.size);
  if (same && !same_bytes(receipt.root, same.root)) report.diverged.push(two_notes(receipt, same));
  else if (contents.has(index) && held.proves(contents.get(index))) {
    report.facts.push(`Receipt ${name}: proves entry ${index}, as it is here.`);
    return receipt.size;
  } else if (contents.has(index) && one !== null && _attached(held.content).some((entry) => held.proves(entry))) {
    report.diverged.push(two_notes(receipt, one));
  } else if (contents.has(index)) {
    throw new InputError(`${name}: it does not prove entry ${index} as it is here. Give the whole mail, as .eml.`);
  } else if (same) {
    report.facts.push(`Receipt ${name}: is signed over the same ${same.size} entries.`);
    return receipt.size;
  } else {
    report.unchecked.push(`${name}: it is of other entries than are here; compare it with the whole evidence`);
  }
  return 0;
}

/** The entries that a receipt mail has with it: what its own proof is of. */
function _attached(content) {
  const parts = [...parts_of_mail(read_mail(latin1(content)))].filter((part) => attached_name(part) === "entry.json");
  return parts.map(payload).filter((part) => part !== null);
}
