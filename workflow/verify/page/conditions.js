// --- conditions: what organisations agreed to before it was there, and what came of it

/** In these states of its invitation an organisation may agree to a text that is not there yet. */
const AGREEING = ["invited", "to_confirm", "retracted", "signed"];
/** Whatever an organisation answers, or whoever answers for it from then on: what it agreed to before ends with it. */
const ENDING = ["sign", "decline", "retract", "revoke", "contact", "handed_over"];
const OUTCOMES = ["missed", "taken_back", "ended"];

/** What one organisation agreed to, and whether that can still count. */
class Condition {
  constructor(entry) {
    Object.assign(this, { entry, is_open: true, met: false });
  }

  /** The digest of the text that it agreed to. */
  get agreed() {
    return str(this.entry.about.get("agreed") ?? null);
  }
}

/** The rule of silence that was shown, in hours; 0: none. */
function _agreed_hours(entry) {
  const hours = entry.about.get("objection_hours");
  return is_whole(hours) ? hours : 0;
}

/** Reads the entries in order and knows, at each moment, who has agreed to which text that is not there yet. */
class Conditions {
  constructor(whole = true) {
    /** The entries of all organisations are here, so that every suggestion is. */
    this.whole = whole;
    /** Each suggestion, and whether it is neither accepted nor dismissed. */
    this.suggestions = new Map();
    this.given = new Map();
    this.latest = new Map();
    this.digest = "";
  }

  /** Take one entry, given the states of the letter and of the invitation before it; returns what is wrong. */
  apply(entry, letter, invitation) {
    const [thing, , trigger] = partition(entry.action, ".");
    const standing = this.latest.get(_named_in(entry, "invitation"));
    if (entry.action === "revision.frozen") {
      this.digest = _named_in(entry, "digest");
      this._missed();
    } else if (entry.action === "letter.open_sign_off" && letter === "in_review") this._missed();
    else if (entry.action === "suggestion.added") this.suggestions.set(_named_in(entry, "comment"), true);
    else if (["suggestion.accepted", "suggestion.dismissed"].includes(entry.action)) {
      this.suggestions.set(_named_in(entry, "comment"), false);
      if (entry.action === "suggestion.dismissed") this._dismissed(_named_in(entry, "comment"));
    } else if (entry.action === "condition.agreed") return this._agreed(entry, letter, invitation);
    else if (entry.action === "condition.ended") return this._ended(entry);
    else if (entry.action === "invitation.fulfil") return this._fulfilled(entry);
    else if (thing === "invitation" && ENDING.includes(trigger) && standing !== undefined) {
      // The entry that says so comes along; that it ended does not hang on it.
      standing.is_open = false;
    } else if (entry.action === "letter.approve") return this._passed_over(entry);
    else if (["letter.withdraw", "letter.dispatch"].includes(entry.action)) {
      for (const condition of this.latest.values()) condition.is_open = false;
    }
    return [];
  }

  /** A text was put before the co-signers: every agreement to another one is over, whether an entry says so or not. */
  _missed() {
    for (const condition of this.latest.values()) {
      condition.is_open = condition.is_open && condition.agreed === this.digest;
    }
  }

  /** A suggestion was dismissed: so is what was agreed to with it in. */
  _dismissed(suggestion) {
    for (const condition of this.latest.values()) {
      if (_named_in(condition.entry, "comment") === suggestion) condition.is_open = false;
    }
  }

  _agreed(entry, letter, invitation) {
    const [about, organisation, found] = [entry.about, _named_in(entry, "invitation"), []];
    const standing = this.latest.get(organisation);
    if (standing !== undefined && standing.is_open) {
      found.push(`that organisation had agreed to another text, in entry ${standing.entry.seq}`);
    }
    if (!["in_review", "sign_off"].includes(letter)) found.push(`the letter was ${letter}`);
    if (!AGREEING.includes(invitation)) found.push(`its invitation was ${invitation}`);
    if (entry.role !== "cosigner") found.push("only the organisation itself may");
    if (about.get("digest") !== this.digest) {
      found.push("it had another text before it than the one that was open");
    }
    if (this.whole && this.suggestions.get(_named_in(entry, "comment")) !== true) {
      found.push("there is no such suggestion, or it was accepted or dismissed before");
    }
    if (about.get("authority_ticked") !== true || about.get("name_typed") !== true) {
      found.push("no name was typed, or the authority to sign was not claimed");
    }
    const condition = new Condition(entry);
    this.given.set(entry.seq, condition);
    this.latest.set(organisation, condition);
    return found.map((why) => `The agreement in entry ${entry.seq} does not hold: ${why}.`);
  }

  _ended(entry) {
    const [about, condition] = [entry.about, this._named(entry, "condition")];
    if (condition === null) return [`Entry ${entry.seq} ends an agreement that there never was.`];
    const found = [];
    if (!OUTCOMES.includes(about.get("outcome"))) {
      found.push(`Entry ${entry.seq} does not say how the agreement in entry ${condition.entry.seq} ended.`);
    }
    if (about.get("outcome") === "taken_back" && entry.role !== "cosigner") {
      found.push(`Entry ${entry.seq} takes back an agreement, which only whoever gave it may.`);
    }
    if (condition.met) {
      found.push(`Entry ${entry.seq} ends the agreement in entry ${condition.entry.seq}, which counts.`);
    }
    condition.is_open = false;
    return found;
  }

  /** A signature counts by an agreement that was still open, to the very text that is before the co-signers. */
  _fulfilled(entry) {
    const [about, condition, found] = [entry.about, this._named(entry, "follows"), []];
    if (condition === null) {
      return [`The sign-off in entry ${entry.seq} counts by an agreement of that organisation that there never was.`];
    }
    if (!condition.is_open) found.push("had ended before");
    if (condition.agreed !== about.get("digest") || condition.agreed !== this.digest) found.push("was to another text");
    if (_agreed_hours(entry) !== _agreed_hours(condition.entry)) {
      found.push("was given under another rule for minor corrections");
    }
    [condition.is_open, condition.met] = [false, true];
    const seq = condition.entry.seq;
    return found.map((why) => `The sign-off in entry ${entry.seq} counts by the agreement in entry ${seq}, which ${why}.`);
  }

  /** The agreement that an entry names, where it is the same organisation's. */
  _named(entry, field) {
    const seq = entry.about.get(field);
    const condition = is_whole(seq) ? this.given.get(seq) : undefined;
    const same = condition !== undefined && _named_in(condition.entry, "invitation") === _named_in(entry, "invitation");
    return same ? condition : null;
  }

  /** Whoever has agreed to the text that is approved has signed it. */
  _passed_over(entry) {
    return [...this.latest.values()]
      .filter((condition) => condition.is_open && condition.agreed === this.digest)
      .map(
        (condition) =>
          `Entry ${entry.seq} approves the letter without the organisation that agreed to this very text in entry ` +
          `${condition.entry.seq}.`,
      );
  }
}

/** What an entry says under a name, as a text. */
function _named_in(entry, field) {
  return str(entry.about.get(field) ?? null);
}
