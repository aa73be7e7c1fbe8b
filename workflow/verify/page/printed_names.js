// --- printed_names: the names that a document prints, as a sorted tree: one can be shown to be in it, or not, alone

const NAME = utf8_of("undersigned/name/v1\0");
const NAMES = utf8_of("undersigned/names/v1\0");
/** Accents, and the marks of Hebrew and Arabic that people leave out; the vowels of other scripts stay. */
const NOT_SPELT = /^[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]$/;
/** Letters that are no letter with a mark, and are typed as others where a keyboard lacks them. */
const TYPED_AS = new Map(Object.entries({
  ł: "l", ø: "o", đ: "d", ħ: "h", ŧ: "t", æ: "ae", œ: "oe", ى: "ي", ی: "ي", ے: "ي", ة: "ه", ە: "ه", ک: "ك",
}));

/** Return a name as it is looked for: its letters and digits alone, without case, accents, blanks and signs. */
function folded_name(name) {
  let folded = "";
  for (const one of name.normalize("NFKD")) {
    for (const upper of one.toUpperCase()) {
      for (const small of upper.toLowerCase()) {
        if (!NOT_SPELT.test(small) && /^[\p{L}\p{M}\p{N}]$/u.test(small)) folded += TYPED_AS.get(small) ?? small;
      }
    }
  }
  return folded;
}

/** Return the forms under which a printed organisation is found: its name, its acronym, and both as printed. */
function name_forms(organisation, acronym = "") {
  const [long, short] = [folded_name(organisation), folded_name(acronym)];
  return [long, short, long + short].filter(Boolean);
}

/** Return the key of a form: its place in the tree, and what its leaf is the hash of. */
function name_key(salt, folded) {
  return sha256(joined_bytes(NAME, salt, utf8_of(folded)));
}

/** Return the keys of the tree, in order, each once. */
function name_keys(salt, forms) {
  return [...new Set(forms)].map((form) => name_key(salt, form)).sort(by_bytes);
}

function by_bytes(one, other) {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at < 0 ? 0 : one[at] - other[at];
}

/** Return what an entry says as `names`: the tree with its salt and its size, as 64 hex digits. */
function names_commitment(salt, size, root) {
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(size));
  return sha256_hex(joined_bytes(NAMES, salt, new Uint8Array(length.buffer), root));
}

/** Return the root of the tree of these keys. */
function names_root(keys) {
  return roots(keys, new Set([keys.length])).get(keys.length);
}

/** Return what an entry says of a tree of these keys. */
function names_of(salt, keys) {
  return names_commitment(salt, keys.length, names_root(keys));
}

/**
 * Whether a folded name is in the tree that an entry names: shown by its own leaf, or by those between which it would
 * stand. Throws VerificationError where the leaves show neither.
 */
function is_printed_there(names, salt, size, root, leaves, wanted) {
  if (salt.length !== 32 || !(0 <= size && size < 2 ** 32) || names_commitment(salt, size, root) !== names) {
    throw new VerificationError("its tree of names is not the one that the entry commits to");
  }
  for (const leaf of leaves) {
    if (leaf.key.length !== 32 || !is_included(leaf.number, size, leaf_hash(leaf.key), leaf.path, root)) {
      throw new VerificationError("one of its leaves does not lead to the tree of names that the entry commits to");
    }
  }
  const key = name_key(salt, wanted);
  if (leaves.length === 1 && same_bytes(leaves[0].key, key)) return true;
  // What comes before the first leaf and after the last has no leaf to show: the number of leaves says so.
  const below = leaves.filter((leaf) => by_bytes(leaf.key, key) < 0).map((leaf) => leaf.number);
  const above = leaves.filter((leaf) => by_bytes(leaf.key, key) > 0).map((leaf) => leaf.number);
  const [before, after] = [below.length ? below : [-1], above.length ? above : [size]];
  const in_order = equal([...below, ...above], leaves.map((leaf) => leaf.number));
  if (before.length !== 1 || after.length !== 1 || !in_order || before[0] + 1 !== after[0]) {
    throw new VerificationError("its leaves are not those between which the name would stand");
  }
  return false;
}

/** Check that each document's entry commits to the names that it prints. */
function check_printed_names(replay, printing, report) {
  const told = replay.renderings.map((one) => truth(one.about.get("names")));
  if (told.length && !told.includes(true)) {
    report.facts.push(
      "No entry commits to the names that a document prints: one cannot be shown not to be there.",
    );
  } else if (told.includes(true) && told.slice(told.indexOf(true)).includes(false)) {
    report.remarks.push("A document commits to no tree of the names that it prints, though an earlier one does.");
  }
  for (const rendered of replay.renderings) {
    if (truth(rendered.about.get("names"))) _check_names_of(rendered, replay.disclosed, printing, report);
  }
}

function _check_names_of(rendered, disclosed, printing, report) {
  const [setting, printed_ones] = [printing.settings.get(rendered.seq), rendered.about.get("signoffs")];
  const known = as_printed(disclosed, setting.corrected, setting.renamed);
  const shown_ones = (Array.isArray(printed_ones) ? printed_ones : []).filter((seq) => !setting.withheld.has(seq));
  const named_salt = disclosed.get(rendered.seq)?.get("names_salt");
  const salt = truth(named_salt) ? str(named_salt) : "";
  if (!salt || shown_ones.some((seq) => !known.has(seq))) {
    report.remarks.push(
      `The names that entry ${rendered.seq} commits to were not compared: what opens them is not here.`,
    );
    return;
  }
  const forms = shown_ones.flatMap((seq) => {
    const [name, organisation, acronym] = ["name", "organisation", "acronym"].map((part) =>
      truth(known.get(seq).get(part)) ? str(known.get(seq).get(part)) : "",
    );
    return setting.individuals.has(seq) ? name_forms(name || organisation) : name_forms(organisation, acronym);
  });
  const raw = /^[ \t-\r]*(?:[0-9a-f]{2}[ \t-\r]*)*$/i.test(salt) ? from_hex(salt.replace(/[ \t-\r]/g, "")) : new Uint8Array();
  if (names_of(raw, name_keys(raw, forms)) !== rendered.about.get("names")) {
    report.invalid.push(`Entry ${rendered.seq} commits to other names than those that its document prints.`);
  }
}
