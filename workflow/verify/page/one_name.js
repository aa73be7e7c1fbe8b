// --- one_name: a file that shows of one name whether it stands in a letter that was sent, and no other name

const ONE_NAME = "undersigned/one-name/v1";
const LARGEST_ONE_NAME = 4 * 1024 * 1024;
/** Latin letters, and Greek, Cyrillic, Armenian or Cherokee ones, many of which look like them. */
const LOOKS_LATIN = /^(?=.*[a-z]).*[\u0370-\u058f\u13a0-\u13ff\uab70-\uabbf]/s;
const NOT_IN_ONE_NAME = [
  "whether the document prints the names that its entry commits to: the whole evidence shows it, and receipts show " +
    "that its log is the one that others hold",
  "whether somebody signed whose name is withheld: such a name is not printed, and so is none of these",
];

/** Whether bytes look like such a file. */
function is_one_name(content) {
  return content[0] === 0x7b && latin1(content.subarray(0, LARGEST_ONE_NAME)).includes(ONE_NAME);
}

/**
 * Check such a file and return the report.
 *
 * `vkeys` are the keys that one trusts; without one the file's own is used, and the report says so. `letter` is the
 * letter that was asked for. Throws InputError where the bytes are no such file.
 */
function check_one_name(content, vkeys, is_signed, letter = null) {
  const fields = _one_name_in(content);
  const report = new Report(vkeys.length > 0);
  report.letter = fields.get("letter");
  report.unchecked.push(...NOT_IN_ONE_NAME);
  if (letter !== null && report.letter !== letter) {
    report.invalid.push(`This is about the letter ${report.letter}, not ${letter}.`);
  }
  const keys = (vkeys.length ? vkeys : [fields.get("vkey")]).map((vkey) => read_key(vkey));
  try {
    _judge_name(fields, new _Logged(report.letter, keys, is_signed), report);
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    report.invalid.push(`This does not show whether the name is in the letter: ${fault.message}.`);
  }
  return report;
}

function _one_name_in(content) {
  const text = content.length <= LARGEST_ONE_NAME ? strictly_decoded(content) : null;
  const fields = text === null ? undefined : new LooseJson(text).read();
  const texts = ["format", "letter", "name", "vkey"];
  if (!is_dict(fields) || texts.some((one) => !is_text(fields.get(one)))) {
    throw new InputError("This is not a file about one name: it is cut off, changed or another file.");
  }
  if (fields.get("format") !== ONE_NAME || !Array.isArray(fields.get("documents"))) {
    throw new InputError("This is not a file about one name, or of a later version: take a newer verifier.");
  }
  return fields;
}

/** Reads entries that come with their own proof. */
class _Logged {
  constructor(letter, keys, is_signed) {
    Object.assign(this, { letter, keys, is_signed, note: "" });
  }

  /** Return an entry that is shown to be in the letter's log. Throws VerificationError. */
  entry(fields, action) {
    const [entry, proof] = ["entry", "proof"].map((part) => (is_dict(fields) ? fields.get(part) : null));
    if (!is_text(entry) || !is_text(proof)) {
      throw new VerificationError(`the entry ${action} or its proof is missing`);
    }
    const content = utf8_of(entry);
    const [index, path, note] = read_proof(proof);
    if (this.note && note !== this.note) throw new VerificationError("its proofs lead to different checkpoints");
    this.note = note;
    const signatures = open_note(note);
    const key = this.keys.find((one) => signatures.of(one).length) ?? this.keys[0];
    signatures.check(key, this.is_signed);
    const signed = of_this_log(checkpoint_of("its checkpoint", signatures), key.name, this.letter);
    if (!is_included(index, signed.size, leaf_hash(content), path, signed.root)) {
      throw new VerificationError(`the entry ${action} is not in the log that was signed`);
    }
    const found = read_entry(index, content);
    if (found.letter !== this.letter || found.seq !== index || found.action !== action) {
      throw new VerificationError(`an entry is not the one of ${action} that it must be`);
    }
    return found;
  }
}

function _judge_name(fields, logged, report) {
  const sent = logged.entry(fields.get("dispatch"), "letter.dispatch");
  const listed = sent.about.get("documents");
  const wanted = folded_name(fields.get("name"));
  if (!wanted) throw new VerificationError("the name has neither a letter nor a digit");
  const found = new Map();
  for (const one of fields.get("documents")) {
    const rendered = logged.entry(one, "document.rendered");
    const docx = str(rendered.about.get("docx"));
    const there = _name_is_in(one, rendered, wanted);
    if ((found.has(docx) && found.get(docx)[0] !== there) || rendered.seq > sent.seq) {
      throw new VerificationError(`entry ${rendered.seq} is not the one that the document was sent by`);
    }
    found.set(docx, [there, rendered]);
  }
  const due = new Set(Array.isArray(listed) ? listed.map(str) : []);
  if (!found.size || [...found.keys()].some((docx) => !due.has(docx))) {
    throw new VerificationError("it speaks of no document that was sent, or of another one");
  }
  for (const [docx, [there, rendered]] of found) {
    const stands = there ? "stands" : "does not stand";
    report.facts.push(
      `${repr(fields.get("name"))} ${stands} among the names in the document of entry ${rendered.seq} (${docx}), sent in ` +
        `entry ${sent.seq}, ${sent.at}.`,
    );
  }
  const left = due.size - found.size;
  if (left) {
    report.remarks.push(`${left} other documents of this letter were sent; this file says nothing of them.`);
  }
  const spelt = /^[\0-\x7f]*$/.test(wanted) ? "" : ` (${repr_ascii(wanted)})`;
  report.facts.push(
    `Compared as ${repr(wanted)}${spelt}: letters and digits alone. Another name of the same people is another name.`,
  );
  if (LOOKS_LATIN.test(wanted)) {
    report.remarks.push(
      `${repr(fields.get("name"))} mixes letters of several scripts (${repr_ascii(wanted)}), some of which look alike: ` +
        "it may not be the name that it looks like.",
    );
  }
}

function _name_is_in(fields, rendered, wanted) {
  const [names, size, leaves] = [rendered.about.get("names"), fields.get("size"), fields.get("leaves")];
  if (!truth(names)) {
    throw new VerificationError(`entry ${rendered.seq} is older than the trees of names, and commits to none`);
  }
  if (!is_whole(size) || !Array.isArray(leaves) || leaves.length > 2) {
    throw new VerificationError("it has not the parts that such a file has");
  }
  const [salt, root] = [_name_hash(fields.get("salt")), _name_hash(fields.get("root"))];
  return is_printed_there(str(names), salt, size, root, leaves.map(_name_leaf), wanted);
}

function _name_leaf(fields) {
  const [index, path] = ["index", "path"].map((part) => (is_dict(fields) ? fields.get(part) : null));
  if (!is_whole(index) || !Array.isArray(path) || path.length > 64) {
    throw new VerificationError("one of its leaves has not the parts that a leaf has");
  }
  return { number: index, key: _name_hash(fields.get("key")), path: path.map(_name_hash) };
}

function _name_hash(value) {
  if (!is_text(value) || !/^[0-9a-f]{64}$/.test(value)) {
    throw new VerificationError("it holds something that is not 64 hex digits");
  }
  return from_hex(value);
}
