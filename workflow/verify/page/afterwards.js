// --- afterwards: what came after the letter was sent: late sign-offs, those withdrawn since, the addendum

/** Follows them through the entries; what it finds wrong is said in sentences. */
class Afterwards {
  constructor(whole = true) {
    /** The entries of all organisations are here, and what the addendum is made of. */
    this.whole = whole;
    /** The letter takes late names, by its terms. */
    this.late_names = false;
    /** The late sign-offs that stand, by invitation. */
    this.standing = new Map();
    /** All of them, by their entries. */
    this.late = new Set();
    /** The sign-offs that were withdrawn after what bears them was sent, each with the entry that says so. */
    this.withdrawn = new Map();
    /** The addendum as it was made last. */
    this.made = null;
    /** Its documents, as often as it was made: the entry, the SHA-256 and the kind. */
    this.every = [];
    /** The entry by which it left. */
    this.sent = null;
    this.carried = new Map();
    this.accepted = new Set();
  }

  /**
   * Take one entry, while the letter was in a state; returns what is wrong with it. Throws VerificationError.
   *
   * `on_letter` are the sign-offs of each invitation that the letter that was sent prints.
   */
  apply(entry, state, on_letter) {
    if (entry.action === "letter.created") {
      const terms = entry.about.get("terms");
      this.late_names = is_dict(terms) && terms.get("late_names") === true;
      return [];
    }
    if (entry.action === "campaign.terms") {
      this.late_names = entry.about.get("late_names") === true;
      return [];
    }
    if (entry.action === "delivery.accept") {
      this.accepted.add(this.carried.get(str(entry.about.get("delivery") ?? null)) ?? "");
      return [];
    }
    const judged = new Map([
      ["invitation.created", this._invited],
      ["invitation.sign", this._signed],
      ["invitation.retract_late", this._withdrawn_late],
      ["addendum.made", this._made],
      ["addendum.sent", this._sent],
      ["addendum.delivered", this._delivered],
    ]).get(entry.action);
    return judged === undefined ? [] : judged.call(this, entry, state, on_letter);
  }

  /** The documents of the addendum as it was made last: each with the kind that it is. */
  get documents() {
    return this.made === null ? new Map() : _addendum_documents(this.made);
  }

  /** The late sign-offs that stand, or stood when the addendum was sent. */
  get lasting() {
    return new Set([...this.standing.values(), ...[...this.late].filter((seq) => this.withdrawn.has(seq))]);
  }

  _is_open(state) {
    return state === "sent" && this.late_names && this.sent === null;
  }

  _invited(entry, state) {
    if (state !== "sent" || this._is_open(state)) return [];
    return [`Entry ${entry.seq} invites somebody to sign a letter that was sent and takes no late names.`];
  }

  _signed(entry, state, on_letter) {
    const [is_late, invitation] = [entry.about.get("late") === true, entry.says("invitation")];
    if (is_late !== (state === "sent")) {
      const how = is_late ? "says that it is late" : "does not say that it is late";
      return [`The sign-off in entry ${entry.seq} ${how}, while the letter was ${state}.`];
    }
    if (!is_late) return [];
    this.late.add(entry.seq);
    this.standing.set(invitation, entry.seq);
    const found = [];
    if (!this._is_open(state)) {
      found.push(`The late sign-off in entry ${entry.seq} was given to a letter that takes none any more.`);
    }
    if (on_letter.has(invitation)) {
      found.push(`The late sign-off in entry ${entry.seq} is of an organisation that is on the letter already.`);
    }
    return found;
  }

  _withdrawn_late(entry, state, on_letter) {
    const [signoff, invitation] = [entry.says("signoff", "int"), entry.says("invitation")];
    const is_late = this.standing.get(invitation) === signoff;
    const printed = !is_late || this.sent !== null;
    if (!is_late && !(on_letter.get(invitation) ?? new Set()).has(signoff)) {
      return [`Entry ${entry.seq} withdraws a sign-off, ${signoff}, that stands on nothing that was sent.`];
    }
    const found = [];
    if (printed !== (entry.about.get("printed") === true)) {
      found.push(`Entry ${entry.seq} does not say truly whether what was sent bears the sign-off ${signoff}.`);
    }
    if (printed) this.withdrawn.set(signoff, entry.seq);
    this.standing.delete(invitation);
    return found;
  }

  _made(entry, state) {
    const found = this._unfit(entry, entry, state);
    if (_addendum_documents(entry).size === 0) {
      throw new VerificationError(`Entry ${entry.seq} names no document of the addendum.`);
    }
    if (this.sent !== null) {
      found.push(`Entry ${entry.seq} makes an addendum, though entry ${this.sent.seq} has sent one already.`);
      return found;
    }
    this.made = entry;
    this.every.push(...[..._addendum_documents(entry)].map(([sha, kind]) => [entry, sha, kind]));
    return found;
  }

  _sent(entry, state) {
    if (this.sent !== null) {
      return [`Entry ${entry.seq} sends the addendum that entry ${this.sent.seq} has sent already.`];
    }
    this.sent = entry;
    if (!this.whole) return [];
    if (this.made === null || !equal(entry.about.get("made") ?? null, this.made.seq)) {
      return [`Entry ${entry.seq} sends an addendum that was not made last.`];
    }
    return this._unfit(entry, this.made, state);
  }

  /** What an addendum prints are the late sign-offs that stand, all of them and no others. */
  _unfit(entry, made, state) {
    const printed = made.says("signoffs", "list");
    if (!printed.every(is_whole)) {
      throw new VerificationError(`Entry ${made.seq} does not name the sign-offs that the addendum prints.`);
    }
    const found = [];
    if (state !== "sent") found.push(`Entry ${entry.seq} records ${entry.action} while the letter was ${state}.`);
    const standing = new Set(this.standing.values());
    for (const seq of printed) {
      if (!this.late.has(seq)) {
        found.push(`The addendum of entry ${made.seq} prints the entry ${seq}, which is no late sign-off.`);
      } else if (!standing.has(seq)) {
        found.push(`Entry ${entry.seq}: the addendum prints the sign-off in entry ${seq}, which did not stand.`);
      }
    }
    for (const seq of sorted_numbers(standing)) {
      if (!printed.includes(seq)) {
        found.push(`Entry ${entry.seq}: the addendum leaves out the late sign-off in entry ${seq}.`);
      }
    }
    if (printed.length === 0 || new Set(printed).size !== printed.length) {
      found.push(`The addendum of entry ${made.seq} prints nobody, or somebody twice.`);
    }
    return found;
  }

  /** Whether an email carries the addendum; one that has not been sent by then is no good. */
  carries(entry, document) {
    const is_there = this.documents.has(document);
    if (!is_there && (this.whole || entry.about.get("kind") !== "addendum_copy")) return false;
    if (this.sent === null) {
      throw new VerificationError(`Entry ${entry.seq} mails the addendum, which had not been sent.`);
    }
    if (entry.about.get("kind") === "addendum") this.carried.set(entry.says("delivery"), str(document));
    return true;
  }

  _delivered(entry) {
    const found = [];
    for (const [sha, kind] of this.documents) {
      if (kind === "docx" && !this.accepted.has(sha)) {
        found.push(
          `Entry ${entry.seq} says that the addendum was delivered; ` +
            `no server accepted the document ${first_of(sha, 12)}.`,
        );
      }
    }
    return found;
  }
}

function _addendum_documents(made) {
  const named = made.about.get("documents");
  const found = new Map();
  for (const one of is_dict(named) ? named.values() : []) {
    for (const kind of is_dict(one) ? ["docx", "pdf"] : []) {
      if (is_text(one.get(kind))) found.set(one.get(kind), kind);
    }
  }
  return found;
}
