// --- keys: which key must have signed which checkpoint: a log changes its key only at an entry that says so

/** Each key costs the time of many signatures: a log made to waste it is not read. */
const MOST_CHANGES = 100;

/**
 * The keys of one log, in their order, from those that one trusts and from what the log itself says.
 *
 * A key that one trusts vouches for the whole log below its checkpoints, so also for the keys before it, as named
 * there; and for the next one, where it signed the change. Where it did not, the next one must be trusted by itself.
 */
class Keys {
  constructor(trusted, entries, newest, report, is_signed) {
    this.trusted = [...trusted];
    this.is_signed = is_signed;
    /** Entries `key.changed`: both keys sign the checkpoint that one ends, unless the old one is lost. */
    this.changes = [];
    const changed = entries.filter((entry) => entry.action === "key.changed");
    if (changed.length > MOST_CHANGES) {
      throw new InputError(`The log changes its key ${changed.length} times. Nobody does that ${MOST_CHANGES} times.`);
    }
    for (const entry of changed) this._take(entry, report);
    const first = this.changes.length ? this._named(this.changes[0].old) : this._signer(newest);
    this.eras = [first, ...this.changes.map((change) => change.new_key)];
    this.name = (this.eras[this.eras.length - 1] ?? trusted[0]).name;
  }

  /** The key that signs the log now. */
  get newest() {
    return this.eras[this.eras.length - 1] ?? this.trusted[0];
  }

  /** The keys that one trusts, and those of the log. */
  get known() {
    return [...this.trusted, ...this.eras].filter((key) => key !== null);
  }

  /** Of the keys that one trusts, the one that a log without a change is signed with. */
  _signer(note) {
    let signatures;
    try {
      signatures = open_note(decoded(note));
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      return this.trusted[0];
    }
    return this.trusted.find((key) => signatures.of(key).length) ?? this.trusted[0];
  }

  _take(entry, report) {
    let [old, new_key, lost] = [];
    try {
      [old, new_key, lost] = [entry.says("from"), read_key(entry.says("to")), entry.says("lost", "bool")];
    } catch (fault) {
      if (!(fault instanceof VerificationError || fault instanceof InputError)) throw fault;
      report.invalid.push(`Entry ${entry.seq} does not name the new key as it must: ${fault.message}`);
      return;
    }
    const before = this.changes.length ? this.changes[this.changes.length - 1].new_key : null;
    if (before !== null && _short(old) !== before.said) {
      report.invalid.push(`Entry ${entry.seq} puts a key in the place of one that did not sign this log then.`);
    }
    if (partition(old, "+")[0] !== new_key.name) {
      report.invalid.push(`Entry ${entry.seq} gives the log another name together with another key.`);
    }
    this.changes.push({ seq: entry.seq, at: entry.at, old, new_key, lost });
  }

  /** The key that an entry names; of one that was lost before it was ever written down only the id is known. */
  _named(old) {
    try {
      return read_key(old);
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault;
      return this.trusted.find((key) => key.said === _short(old)) ?? null;
    }
  }

  /** The keys that sign the checkpoint of so many entries; none where the one due is not known. */
  at(size) {
    const era = this.changes.filter((change) => change.seq < size).length;
    const due = [this.eras[era]];
    if (era && this.changes[era - 1].seq + 1 === size && !this.changes[era - 1].lost) due.unshift(this.eras[era - 1]);
    return due.filter((key) => key !== null);
  }

  /** Check the signatures due under a checkpoint of the evidence, and read it. Throws VerificationError. */
  open(source, note) {
    const signatures = open_note(note);
    return this._checked(source, signatures, this.at(signatures.size));
  }

  /**
   * Check a checkpoint from outside, which any key of this log may have signed, or one that is trusted.
   *
   * Throws VerificationError.
   */
  open_receipt(source, note) {
    const signatures = open_note(note);
    const signers = this.known.filter((key) => signatures.of(key).length);
    const due = [signers.slice(0, 1), this.at(signatures.size), this.known.slice(0, 1)].find((keys) => keys.length);
    return this._checked(source, signatures, due ?? []);
  }

  /**
   * Check a head of the log over all letters: the same key signs it, under the name of that log.
   *
   * Throws VerificationError.
   */
  open_head(source, note) {
    const signatures = open_note(note);
    if (!is_head(signatures)) {
      throw new VerificationError(`it is no head of the log over all letters, but of ${signatures.origin}`);
    }
    const known = this.known.map((key) => named(signatures.origin, key));
    const signers = known.filter((key) => signatures.of(key).length);
    return this._checked(source, signatures, (signers.length ? signers : known).slice(0, 1));
  }

  _checked(source, signatures, due) {
    if (!due.length) throw new VerificationError("the key that signed it is not known here");
    for (const key of due) signatures.check(key, this.is_signed);
    return checkpoint_of(source, signatures);
  }

  /** Say whether what one trusts leads to every key of the log; `signed` are the checkpoints that hold. */
  check(signed, report) {
    const reached = new Set(signed.map((checkpoint) => checkpoint.size));
    for (const change of this.changes) this._check_change(change, reached, report);
    const known = [...this.eras.keys()].filter(
      (era) => this.eras[era] !== null && this.trusted.some((key) => key.is(this.eras[era])),
    );
    if (this.changes.length && !known.length) {
      report.invalid.push("None of the keys that were given is a key of this log.");
    }
    this.changes.forEach((change, number) => {
      if (change.lost && known.length && greatest(known) <= number) {
        report.unusable.push(
          `From entry ${change.seq} on (${change.at}) this log is signed by another key, which the one before ` +
            "never named, for it was lost. Give that one too (--vkey), from a receipt that is younger.",
        );
      }
    });
    if (this.eras[0] === null) {
      report.unusable.push(
        `The first ${this.changes[0].seq} entries were signed by the key ${_short(this.changes[0].old)}, which ` +
          "is lost and not here. Give it too (--vkey), from a receipt that is older.",
      );
    }
  }

  _check_change(change, reached, report) {
    const due = [change.seq, change.seq + 1];
    if (due.some((size) => !reached.has(size)) && this.at(change.seq).length) {
      report.invalid.push(
        `The change of the key in entry ${change.seq} is not shown to hold: the checkpoints of ${due[0]} and ` +
          `${due[1]} entries must be here, signed by the old key and the new one.`,
      );
    }
    if (change.lost) {
      report.remarks.push(
        `The key was replaced in entry ${change.seq} (${change.at}) without the old one, ${_short(change.old)}, ` +
          "which was said to be lost. Compare that key with a receipt that is older.",
      );
    }
  }
}

/** Whether a note is of the log over all letters, and not of one letter's. */
function is_head(signatures) {
  return signatures.origin.endsWith("/log") && !signatures.origin.includes("/letters/");
}

/** A key by its name and id, as people compare it. */
function _short(vkey) {
  return vkey.split("+").slice(0, 2).join("+");
}
