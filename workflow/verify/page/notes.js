// --- notes: verifier keys, signed notes, checkpoints and proofs (c2sp.org/signed-note, /tlog-checkpoint, /tlog-proof)

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";

/** A verifier key: its name, its four identifying bytes, its public half. */
class Key {
  constructor(name, mark, public_half) {
    this.name = name;
    this.mark = mark;
    this.public_half = public_half;
  }

  /** The key by its name and id, as people compare it. */
  get said() {
    return `${this.name}+${hex(this.mark)}`;
  }

  is(other) {
    return this.said === other.said && same_bytes(this.public_half, other.public_half);
  }
}

/** A signed note that states a log's size and root, and the file it was found in. */
class Checkpoint {
  constructor(source, note, origin, size, root) {
    Object.assign(this, { source, note, origin, size, root });
  }
}

/** Read base64 in its one spelling. Throws VerificationError. */
function read_base64(encoded) {
  const value = from_base64(encoded);
  if (value !== null) return value;
  const unpadded = encoded.replace(/=/g, "");
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) && encoded.length % 4 === 0 && unpadded.length % 4 !== 1) {
    throw new VerificationError("it holds base64 in another spelling than the one allowed");
  }
  throw new VerificationError("it holds something that is not base64");
}

function _number(digits) {
  if (!/^(?:0|[1-9][0-9]{0,17})$/.test(digits)) {
    throw new VerificationError("it holds a number in another spelling than the one allowed");
  }
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
}

/** What the bytes of a key begin with: that of a log, that of a witness. */
const [LOG_KEY, WITNESS_KEY] = [1, 4];

/** Read a verifier key, `name+id+base64`. Throws InputError. */
function read_key(vkey, kind = LOG_KEY) {
  const [name, , rest] = partition(strip(vkey), "+");
  const [known, , encoded] = partition(rest, "+");
  const key = from_base64(encoded) ?? new Uint8Array();
  const mark = _mark(name, key);
  const blank = new RegExp(`[${SPACE}]`, "u").test(name);
  if (!name || blank || key.length !== 33 || key[0] !== kind || hex(mark) !== known) {
    if (kind === WITNESS_KEY) {
      throw new InputError(
        "The key of a witness is not whole (name+1a2b3c4d+BA...). Copy it again from the witness.",
      );
    }
    throw new InputError(
      "The key is not a whole verifier key (name+1a2b3c4d+AQ...). Copy it again from the receipt.",
    );
  }
  return new Key(name, mark, key.subarray(1));
}

/** Return a key as it is called under another name: its identifying bytes are others then. */
function named(name, key) {
  return new Key(name, _mark(name, joined_bytes(Uint8Array.of(1), key.public_half)), key.public_half);
}

function _mark(name, key) {
  return sha256(joined_bytes(utf8_of(`${name}\n`), key)).subarray(0, 4);
}

/** A signed note, taken apart and not checked yet. */
class Signatures {
  constructor(note, content, marks) {
    Object.assign(this, { note, content, marks });
  }

  /** Its first line: of which log it is, if it is a checkpoint; nothing vouches for it before `check`. */
  get origin() {
    return this.content.split("\n")[0];
  }

  /** The size that it states, if it is a checkpoint; nothing vouches for it before `check`. */
  get size() {
    const lines = this.content.split("\n");
    try {
      return lines.length > 1 ? _number(lines[1]) : 0;
    } catch (fault) {
      if (fault instanceof VerificationError) return 0;
      throw fault;
    }
  }

  /** The signatures that say they are of a key. */
  of(key) {
    return this.marks
      .filter(([name, mark]) => name === key.name && same_bytes(mark.subarray(0, 4), key.mark))
      .map(([, mark]) => mark.subarray(4));
  }

  /** Check that the key has signed it, once. Throws VerificationError. */
  check(key, is_signed) {
    const ours = this.of(key);
    if (ours.length !== 1) throw new VerificationError(`it is not signed (once) with the key ${key.said}`);
    if (!is_signed(key.public_half, ours[0], utf8_of(`${this.content}\n`))) {
      throw new VerificationError(`its signature does not hold: it was changed, or ${key.name} did not sign it`);
    }
  }
}

/** Take a signed note apart. Throws VerificationError. */
function open_note(note) {
  const [content, separator, tail] = rpartition(note, "\n\n");
  const lines = tail.split("\n").slice(0, -1);
  // eslint-disable-next-line no-control-regex
  if (!separator || !note.endsWith("\n") || lines.length > 16 || /[\x00-\x09\x0b-\x1f]/.test(note)) {
    throw new VerificationError("it is not a signed note: it is cut off, changed or too long");
  }
  return new Signatures(note, content, lines.map(_signature_line));
}

/** Read the checkpoint in a note whose signatures were checked. Throws VerificationError. */
function checkpoint_of(source, signatures) {
  return _read_checkpoint(source, signatures.note, signatures.content.split("\n"));
}

const SIGNATURE_LINE = new RegExp(`^— ([^${SPACE}+]+) ([!-~]+)$`, "u");

function _signature_line(line) {
  const found = SIGNATURE_LINE.exec(line);
  if (found === null) throw new VerificationError("a signature line is not well formed");
  return [found[1], read_base64(found[2])];
}

function _read_checkpoint(source, note, lines) {
  if (lines.length !== 3 || !lines[0]) {
    throw new VerificationError("it is signed, but is no checkpoint: it has not the three lines origin, size and root");
  }
  const [size, root] = [_number(lines[1]), read_base64(lines[2])];
  if (root.length !== 32) throw new VerificationError("its root has not 32 bytes");
  return new Checkpoint(source, note, lines[0], size, root);
}

/** Read a proof into its index, its path and its signed note; nothing is checked yet. Throws VerificationError. */
function read_proof(proof) {
  const [head, separator, note] = partition(proof, "\n\n");
  const lines = head.split("\n");
  if (lines.length > 2 && lines[1].startsWith("extra ")) lines.splice(1, 1); // Nothing vouches for it.
  if (!separator || lines[0] !== PROOF_HEADER || lines.length < 2 || !lines[1].startsWith("index ")) {
    throw new VerificationError(`it is not a proof: it does not begin with ${PROOF_HEADER} and an index`);
  }
  return [_number(lines[1].slice("index ".length)), lines.slice(2, 66).map(read_base64), note];
}

/** Return the checkpoint if it is of this letter's log under the key's name; throws VerificationError if not. */
function of_this_log(checkpoint, name, letter) {
  const expected = `${name}/letters/${letter}`;
  if (checkpoint.origin !== expected) {
    throw new VerificationError(`it is of another log, ${checkpoint.origin}; these entries are of ${expected}`);
  }
  return checkpoint;
}
