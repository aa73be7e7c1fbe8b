// --- heads: the log over all letters: its newest head, this letter's checkpoint in it, and the heads that others hold

const [HEAD, PROVED, EARLIER] = ["checkpoint.txt", "letter.tlog-proof", "consistency.jsonl"];

/** What the evidence shows of the log over all letters: its newest head, and which older ones that one continues. */
class Heads {
  constructor(bundle, keys, signed, report) {
    [this.keys, this.report] = [keys, report];
    this.newest = null;
    /** The root of its first entries, by how many they are. */
    this.roots = new Map();
    /** Where this letter's checkpoints stand among them, and of how many of its entries each is. */
    this.places = [];
    this.stated = new Map();
    if (!bundle.common.size) {
      report.unchecked.push("the log over all letters: there is no head of it in this evidence");
      return;
    }
    try {
      this._read(bundle, signed);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      report.invalid.push(`${fault.message}.`);
    }
  }

  /** Read the head and what hangs on it. Throws VerificationError. */
  _read(bundle, signed) {
    for (const name of [HEAD, PROVED]) {
      if (!bundle.common.has(name)) throw new VerificationError(`common/${name} is missing`);
    }
    const newest = within_file(`common/${HEAD}`, () =>
      this.open(`common/${HEAD}`, utf8(bundle.common.get(HEAD))),
    );
    this.roots.set(newest.size, newest.root);
    within_file(`common/${PROVED}`, () => {
      this._place(newest, utf8(bundle.common.get(PROVED)), signed);
      this.newest = newest;
    });
    const content = bundle.common.get(EARLIER) ?? new Uint8Array();
    const lines = latin1(content).split("\n");
    if (lines.pop()) throw new VerificationError(`common/${EARLIER} is cut off`);
    const claims = lines.flatMap((line, number) =>
      within_file(`common/${EARLIER}, line ${number + 1}`, () => this._continue(newest, number + 1, from_latin1(line))),
    );
    this._place_earlier(bundle, claims);
  }

  /** Check the signature of a head, and compare it with others of its size. Throws VerificationError. */
  open(source, note) {
    const head = this.keys.open_head(source, note);
    if (head.size === 0) throw new VerificationError("it is of the log before its first entry");
    if (head.origin !== `${this.keys.name}/log`) {
      this.report.remarks.push(`${source} is of the log ${head.origin}, and the letter's of ${this.keys.name}.`);
    }
    const place = `${head.size} ${head.origin}`;
    if (!this.stated.has(place)) this.stated.set(place, head);
    const other = this.stated.get(place);
    if (!same_bytes(other.root, head.root)) this.report.diverged.push(two_notes(head, other));
    return head;
  }

  /** Look for the letter's checkpoint that the proof is of. Throws VerificationError. */
  _place(newest, proof, signed) {
    const [index, path, note] = read_proof(proof);
    if (note !== newest.note) throw new VerificationError(`it does not lead to the head in common/${HEAD}`);
    const own = _held(index, path, newest, signed);
    this.places.push([index, own.size]);
    this.report.facts.push(
      `The log over all letters, ${newest.origin}: its head of ${newest.size} entries holds, as entry ${index}, ` +
        `this letter's checkpoint of ${own.size} entries.`,
    );
    const last = greatest(signed.map((one) => one.size));
    if (last > own.size) {
      this.report.unchecked.push(
        `the entries from ${own.size} to ${BigInt(last) - 1n}, against the log over all letters: its head is older`,
      );
    }
  }

  /** Read how the newest head continues an older one, and what that one holds. Throws VerificationError. */
  _continue(newest, number, line) {
    const fields = read_json(line);
    const claims = [];
    let [size, root, path, holds] = [0, null, [], false];
    if (is_dict(fields) && fields.has("size") && is_text(fields.get("root"))) {
      [size, root] = [fields.get("size"), read_base64(fields.get("root"))];
      path = _read_hashes(fields.get("path"));
      holds = path !== null && is_whole(size);
      if (path !== null && fields.size !== 3) {
        const [index, entries] = [fields.get("index"), fields.get("entries")];
        const place = fields.has("index") && fields.has("entries") ? _read_hashes(fields.get("place")) : null;
        holds = holds && place !== null && fields.size === 6 && is_whole(index) && is_whole(entries);
        claims.push({ line: number, size, index, entries, path: place });
      }
    }
    if (!holds || !is_continued(size, root, newest.size, newest.root, path)) {
      throw new VerificationError("it does not show that the newest head continues an older one");
    }
    this.roots.set(size, root);
    return claims;
  }

  /** Look for checkpoints of these very entries in the older heads that hold one. Throws VerificationError. */
  _place_earlier(bundle, claims) {
    const known = claims.length ? roots(bundle.whole(), new Set(claims.map((claim) => claim.entries))) : new Map();
    for (const claim of claims) {
      const root = to_base64(known.get(claim.entries) ?? new Uint8Array());
      const text = `${this.keys.name}/letters/${this.report.letter}\n${claim.entries}\n${root}\n`;
      const leaf = leaf_hash(sha256(utf8_of(text)));
      if (
        claim.entries < 1 ||
        !is_included(claim.index, claim.size, leaf, claim.path, this.roots.get(claim.size))
      ) {
        throw new VerificationError(
          `common/${EARLIER}, line ${claim.line}: it does not show that the older head holds these entries`,
        );
      }
      this.places.push([claim.index, claim.entries]);
    }
  }

  /** Compare a head that somebody else holds; returns how many of the letter's entries it vouches for. */
  compare(name, head) {
    const newest = this.newest;
    if (newest === null || head.origin !== newest.origin) {
      this.report.unchecked.push(`${name}, a head of ${head.origin}: this evidence has none of that log`);
    } else if (this.roots.has(head.size) && same_bytes(this.roots.get(head.size), head.root)) {
      const agrees = head.size === newest.size ? "is" : "is continued by";
      const held = greatest([0, ...this.places.filter(([index]) => index < head.size).map(([, entries]) => entries)]);
      if (!held) {
        this.report.unchecked.push(
          `${name}, a head of ${head.size} entries: the newest one continues it, but that it holds anything ` +
            "of this letter is not shown, so it says nothing of it",
        );
        return 0;
      }
      this.report.facts.push(
        `Head ${name}: ${agrees} the head of ${newest.size} entries in this evidence, and holds the first ` +
          `${held} entries of this letter.`,
      );
      return held;
    } else if (this.roots.has(head.size)) {
      // Those of one size were compared when they were read.
      if (head.size !== newest.size) this.report.diverged.push(two_notes(head, newest));
    } else {
      const age = head.size > newest.size ? "younger" : "older";
      this.report.unchecked.push(
        `${name}, a head of ${head.size} entries: it is ${age} than the one in this evidence, of ${newest.size}, ` +
          "and no proof that one continues the other is at hand (on the server: flask history compare)",
      );
    }
    return 0;
  }

  /** Say which witnesses have signed the newest head. Throws InputError for a key that is none. */
  check_witnesses(vkeys) {
    const known = vkeys.map((vkey) => read_key(vkey, WITNESS_KEY).name);
    const { unchecked, cosigners, facts, invalid } = this.report;
    if (this.newest === null) {
      for (const name of known) unchecked.push(`what ${name} has signed: there is no head here`);
      return;
    }
    let found;
    try {
      found = check_cosignatures(this.newest.note, vkeys, this.keys.is_signed);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      invalid.push(`common/${HEAD}: ${fault.message}.`);
      return;
    }
    for (const one of found) {
      facts.push(`The head of ${this.newest.size} entries was seen by ${one.by} at ${one.at}.`);
      cosigners.push(one.by);
    }
    for (const name of known) if (!cosigners.includes(name)) unchecked.push(`${name}: it has not signed the head`);
    const others = open_note(this.newest.note).marks.length - 1 - found.length;
    if (others > 0 && !known.length) {
      unchecked.push(`what ${others} others have signed of the head: no key of theirs was given (--witness)`);
    }
  }

  /** Check the time stamps: each is of a head in which there is a checkpoint of this letter. */
  check_stamps(bundle, signed, certificates) {
    const stamps = new Map();
    for (const [name, stamp] of bundle.stamps) if (name.endsWith(".tsr")) stamps.set(Number(name.slice(0, -4)), stamp);
    for (const name of bundle.stamps.keys()) {
      if (name.endsWith(".tlog-proof") && !stamps.has(Number(partition(name, ".")[0]))) {
        this.report.invalid.push(`stamps/${name}: the time stamp that belongs to it is missing.`);
      }
    }
    const unsure = [];
    for (const [size, stamp] of sorted_items(stamps)) {
      try {
        const proof = bundle.stamps.get(`${size}.tlog-proof`) ?? new Uint8Array();
        unsure.push(...this._check_stamp(size, stamp, proof, signed, certificates));
      } catch (fault) {
        if (!(fault instanceof VerificationError)) throw fault;
        this.report.invalid.push(`stamps/${size}.tsr, with its proof: ${fault.message}.`);
      }
    }
    if (unsure.length) {
      this.report.unchecked.push(`${unsure.length} of ${stamps.size} time stamps: ${unsure[unsure.length - 1]}`);
    }
  }

  /** Check one, and its head; returns what was not checked of it. Throws VerificationError. */
  _check_stamp(size, stamp, proof, signed, certificates) {
    const [index, path, note] = read_proof(utf8(proof));
    const head = this.open(`stamps/${size}.tlog-proof`, note);
    if (head.size !== size || !same_bytes(this.roots.get(size) ?? head.root, head.root)) {
      throw new VerificationError("its head is not the one that the newest continues");
    }
    const own = _held(index, path, head, signed);
    const found = check_timestamp(stamp, utf8_of(`${open_note(note).content}\n`), certificates);
    if (!found.is_checked) return [`${found.how_checked} (${found.by}, ${found.at})`];
    const last = greatest(signed.map((one) => one.size));
    const over = own.size === last ? "" : `, over the first ${own.size} of ${last} entries`;
    this.report.stamps = [`${found.by}, ${found.at}${over}`];
    this.report.facts.push(`Time stamp by ${found.by}: at ${found.at} there were the first ${own.size} entries.`);
    return [];
  }
}

/** Return the letter's checkpoint that stands in the head's log at this place. Throws VerificationError. */
function _held(index, path, head, signed) {
  const by_size = [...signed].sort((one, other) => (one.size === other.size ? 0 : one.size > other.size ? -1 : 1));
  for (const checkpoint of by_size) {
    if (is_included(index, head.size, leaf_hash(common_entry(checkpoint)), path, head.root)) return checkpoint;
  }
  throw new VerificationError("it proves no checkpoint of this letter: it is of another, or was changed");
}

/** The hashes in a list; null where it is none. Throws VerificationError. */
function _read_hashes(steps) {
  const found = [];
  if (!Array.isArray(steps)) return null;
  for (const step of steps) {
    if (!is_text(step)) return null;
    found.push(read_base64(step));
  }
  return found;
}

/** Do what may fail, and say in which file it did. Throws VerificationError. */
function within_file(source, doing) {
  try {
    return doing();
  } catch (fault) {
    if (!(fault instanceof VerificationError)) throw fault;
    throw new VerificationError(`${source}: ${fault.message}`);
  }
}

/** What the log over all letters holds of a letter's checkpoint: the SHA-256 of its three signed lines. */
function common_entry(checkpoint) {
  return sha256(utf8_of(`${rpartition(checkpoint.note, "\n\n")[0]}\n`));
}

/** Say that two signed heads contradict each other, with both of them. */
function two_notes(one, other) {
  const what = one.size === other.size ? `one size, ${one.size}, and two roots` : "neither continues the other";
  return (
    `${one.source} and ${other.source} are both signed, and contradict each other (${what}).\n` +
    `--- ${one.source}\n${one.note}--- ${other.source}\n${other.note}---`
  );
}
