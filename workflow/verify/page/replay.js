// --- replay: the letter's life as its entries tell it: whose sign-off counted when, what was printed and what was sent

/** The emails that bring an organisation its link. */
const ASKING = ["invitation", "sign_off", "revised"];

/** How a sign-off came about, where nobody gave it with the text before their eyes. */
const HOW = new Map([
  ["invitation.stay", "not objected"],
  ["invitation.fulfil", "agreed to before"],
]);

/** Where one organisation stands: its state, the sign-offs that stand by digest, and the last entry about it. */
class Invitation {
  constructor(last, individual = false, required = false) {
    this.created = last.seq;
    this.state = "invited";
    this.standing = new Map();
    /** The entry by which it was invited again last: what it signed before waits for no confirmation. */
    this.asked_anew = -1;
    this.last = last;
    this.individual = individual;
    /** The letter may not go without it, unless its invitation is revoked or removed. */
    this.required = required;
    /** It was written to, and can be removed no more. */
    this.asked = false;
    /** A coordinator has given it its contact after it was written to. */
    this.by_hand = false;
  }
}

/** Walks through the entries as the letter lived them, and says where they break the rules of sign-off. */
class Replay {
  constructor(disclosed, texts, report, whole = true) {
    Object.assign(this, { disclosed, texts, report });
    [this.state, this.digest] = ["drafting", ""];
    this.erased = new Erased();
    this.silence = new Silence();
    this.conditions = new Conditions(whole);
    this.four_eyes = new FourEyes();
    this.mails = new Mails();
    this.deadlines = new Deadlines();
    this.afterwards = new Afterwards(whole);
    this.opened = null;
    this._small = new Map();
    this.invitations = new Map();
    this.signoffs = new Map();
    this.renderings = [];
    this.dispatched = [];
    this.on_letter = null;
    this.carried = new Map();
    this.accepted = new Set();
    this.offices = new Map();
    this.sent_to = [];
    this.reworded = new Map();
    this.minimum = 0;
    this.telling = new Map([
      ["letter.created", this._addressed],
      ["letter.edited", this._addressed],
      ["recipient.addressed", this._addressed],
      ["revision.frozen", this._frozen],
      ["invitation.created", this._invited],
      ["invitation.corrected", this._known_anew],
      ["invitation.removed", this._removed],
      ["document.rendered", this._rendered],
      ["letter.dispatch", this._dispatched],
      ["letter.confirm", this._confirmed],
      ["letter.approve", this._approved],
      ["campaign.terms", this._terms],
      ["delivery.queued", this._queued],
      ["delivery.accept", this._accepted],
      ["signoff.corrected", this._corrected],
      ["organisation.renamed", this._renamed],
    ]);
  }

  /** Take one entry. */
  apply(entry) {
    if (!(ONLY_WHILE.get(entry.action) ?? [this.state]).includes(this.state)) {
      this._wrong(`Entry ${entry.seq} records ${entry.action} while the letter was ${this.state}.`);
    }
    this._agreements(entry);
    const [subject, , trigger] = partition(entry.action, ".");
    const other = subject === "invitation" ? this._answered : this._pass_over;
    const telling = this.telling.get(entry.action) ?? other;
    try {
      this.report.invalid.push(...this.afterwards.apply(entry, this.state, this._on_letter()));
      telling.call(this, entry);
    } catch (fault) {
      if (!(fault instanceof VerificationError)) throw fault;
      this._wrong(fault.message);
    }
    if (subject === "letter" && MOVES.has(trigger)) this.state = MOVES.get(trigger)[1];
    if (entry.action === "letter.open_sign_off") this.opened = entry;
    this.silence.apply(entry);
    this.report.invalid.push(...this.mails.apply(entry));
    this.report.invalid.push(...this.deadlines.apply(entry));
  }

  /** Hold an entry against what was agreed to before it was there, and a sign-off by that against its words. */
  _agreements(entry) {
    const asked = this.invitations.get(str(entry.about.get("invitation") ?? null));
    const where = [this.state, asked ? asked.state : ""];
    this.report.invalid.push(...this.conditions.apply(entry, ...where));
    this.report.invalid.push(...this.four_eyes.apply(entry, ...where, this.shown_by(entry.seq)));
    if (entry.action === "invitation.fulfil") this._same_words(entry, entry.about.get("follows"));
    if (entry.action === "invitation.sign") this._same_words(entry, entry.about.get("proposal"));
  }

  /** What counts prints the name and the title to which somebody agreed, or which somebody proposed. */
  _same_words(entry, before) {
    const [agreed, counts] = [is_whole(before) ? this.shown_by(before) : new Map(), this.shown_by(entry.seq)];
    const differs = ["name", "title"].some((part) => !equal(agreed.get(part) ?? null, counts.get(part) ?? null));
    if (agreed.size && counts.size && differs) {
      this._wrong(`The sign-off in ${this.name(entry.seq)} names another person than entry ${before} did.`);
    }
  }

  /** The sign-offs that the letter prints which was sent, by invitation. */
  _on_letter() {
    if (this.dispatched.length === 0 || this.on_letter !== null) return this.on_letter ?? new Map();
    this.on_letter = new Map();
    for (const rendered of this.renderings) {
      if (!this.dispatched.includes(rendered.about.get("docx"))) continue;
      for (const seq of rendered.about.get("signoffs")) {
        if (!this.signoffs.has(seq)) continue;
        const invitation = str(this.signoffs.get(seq).about.get("invitation"));
        if (!this.on_letter.has(invitation)) this.on_letter.set(invitation, new Set());
        this.on_letter.get(invitation).add(seq);
      }
    }
    return this.on_letter;
  }

  /** What an entry commits to, as far as it is disclosed. */
  shown_by(seq) {
    return this.disclosed.get(seq) ?? new Map();
  }

  /** Name a sign-off: its entry, and who signed where that is disclosed. */
  name(seq) {
    const who = this.shown_by(seq);
    let shown = ["name", "organisation"].map((key) => who.get(key)).filter(truth).map(str).join(", ");
    if (!shown && this.erased.openings.has(seq)) shown = "name erased";
    return shown ? `entry ${seq} (${shown})` : `entry ${seq}`;
  }

  /** The sign-offs that count for a text at this moment. */
  counting(digest) {
    const found = new Set();
    for (const one of this.invitations.values()) {
      if (one.state === "signed" && one.standing.has(digest)) found.add(one.standing.get(digest));
    }
    return found;
  }

  _wrong(sentence) {
    this.report.invalid.push(sentence);
  }

  _pass_over(entry) {
    if (!PASSED_OVER.has(entry.action)) {
      this.report.remarks.push(
        `Entry ${entry.seq} records ${entry.action}, which this verifier does not know: take a newer one.`,
      );
    }
  }

  /** Take the addresses of the offices: committed to under their recipients' ids, or alone for one recipient. */
  _addressed(entry) {
    const shown = this.shown_by(entry.seq);
    const terms = entry.about.get("terms");
    if (is_dict(terms) && is_whole(terms.get("minimum"))) this.minimum = terms.get("minimum");
    if (entry.action === "letter.edited" && !entry.about.has("date")) {
      this.offices.clear(); // Older entries are silent on the addresses that an edit set.
    }
    const several = entry.about.get("recipients");
    const named = truth(several) ? several : [entry.about.get("recipient")];
    for (const recipient of Array.isArray(named) ? named : []) {
      if (!is_text(recipient)) continue;
      const address = shown.has(recipient) ? shown.get(recipient) : shown.get("email");
      if (is_text(address)) this.offices.set(recipient, address);
    }
  }

  _terms(entry) {
    const minimum = entry.about.get("minimum");
    if (is_whole(minimum)) this.minimum = minimum;
  }

  /** A letter is approved with as many organisations as its terms ask for, besides people in their own name. */
  _approved(entry) {
    const organisations = [...this.invitations.values()].filter(
      (one) => one.state === "signed" && one.standing.has(this.digest) && !one.individual,
    ).length;
    const told = entry.about.has("signed") ? entry.about.get("signed") : organisations;
    if (!equal(told, organisations)) {
      this._wrong(`Entry ${entry.seq} says that ${str(told)} have signed; ${organisations} have.`);
    }
    if (organisations < this.minimum) {
      this._wrong(`Entry ${entry.seq} approves the letter with ${organisations} of at least ${this.minimum}.`);
    }
    this._with_required(entry);
  }

  /** Neither is a letter approved without a required organisation, nor does it leave. */
  _with_required(entry) {
    for (const one of this.invitations.values()) {
      const has_signed = one.state === "signed" && one.standing.has(this.digest);
      if (one.required && !has_signed && !["revoked", "removed"].includes(one.state)) {
        this._wrong(
          `Entry ${entry.seq} records ${entry.action} while the organisation of ${this.name(one.created)}, ` +
            "which is required, had not signed.",
        );
      }
    }
  }

  _frozen(entry) {
    this.digest = entry.says("digest");
  }

  _invited(entry) {
    const named = entry.says("invitation");
    if (this.invitations.has(named)) this._wrong(`Entry ${entry.seq} creates an invitation that there was before.`);
    else {
      const [individual, required] = ["individual", "required"].map((name) => entry.about.get(name) === true);
      this.invitations.set(named, new Invitation(entry, individual, required));
    }
  }

  /** The invitation that an entry is about. Throws VerificationError where there was none. */
  _invitation(entry) {
    const invitation = this.invitations.get(entry.says("invitation"));
    if (invitation === undefined) {
      throw new VerificationError(
        `Entry ${entry.seq} (${entry.action}) is about an invitation that was never created.`,
      );
    }
    return invitation;
  }

  _known_anew(entry) {
    this._invitation(entry).required = entry.about.get("required") === true;
  }

  /** An organisation may be taken off the list until it is written to. */
  _removed(entry) {
    const invitation = this._invitation(entry);
    if (invitation.asked || invitation.state !== "invited") {
      this._wrong(`Entry ${entry.seq} records ${entry.action} of an organisation that had been written to.`);
    }
    invitation.state = "removed";
  }

  _answered(entry) {
    const invitation = this._invitation(entry);
    const trigger = partition(entry.action, ".")[2];
    this._step(entry, trigger, invitation);
    if (["sign", "stay", "fulfil"].includes(trigger)) this._sign(entry, invitation);
    if (trigger === "stay") this._stay(entry, invitation);
    const taken_back = trigger === "retract_late" && entry.about.get("printed") !== true;
    if (trigger === "retract" || taken_back) invitation.standing.clear();
    if (trigger === "reinvite") invitation.asked_anew = entry.seq;
    if (["contact", "handed_over"].includes(trigger)) {
      invitation.by_hand = trigger === "contact" && entry.about.get("invited") === true;
    }
    if (REACHED.has(trigger)) [invitation.state, invitation.last] = [REACHED.get(trigger)[1], entry];
  }

  /** Hold a step against where the invitation is, and what it says of the sign-offs against those there are. */
  _step(entry, trigger, invitation) {
    const told = `Entry ${entry.seq} records ${entry.action}`;
    if (trigger === "sign" && invitation.state === "lapsed" && entry.about.get("late") !== true) {
      this._wrong(`${told} while the invitation was lapsed.`);
    }
    if (REACHED.has(trigger) && !REACHED.get(trigger)[0].includes(invitation.state)) {
      this._wrong(`${told} while the invitation was ${invitation.state}.`);
    }
    if (trigger === "revive" && ![...invitation.standing.values()].some((seq) => seq > invitation.asked_anew)) {
      this._wrong(`${told}, and no sign-off of that organisation was left to confirm.`);
    }
    if (trigger === "sign" && invitation.by_hand && entry.about.get("contact_by_hand") !== true) {
      this._wrong(`${told}, and does not say that a coordinator had changed its contact before.`);
    }
    if (!["supersede", "restore"].includes(trigger)) return;
    const stands = invitation.standing.has(entry.says("digest"));
    if (entry.about.get("digest") !== this.digest || stands !== (trigger === "restore")) {
      const does = stands ? "stands" : "does not stand";
      this._wrong(`${told}, and the sign-off of that organisation ${does} for text ${first_of(this.digest, 12)}.`);
    }
  }

  _sign(entry, invitation) {
    const digest = entry.says("digest");
    if (["invitation.sign", "invitation.fulfil"].includes(entry.action)) this._end_silence(invitation);
    this.signoffs.set(entry.seq, entry);
    invitation.standing.set(digest, entry.seq);
    if (digest !== this.digest) {
      const before = first_of(this.digest, 12) || "no text";
      this._wrong(
        `The sign-off in ${this.name(entry.seq)} is for text ${first_of(digest, 12)}; ` +
          `before the co-signers was ${before}.`,
      );
    }
  }

  /** A new sign-off by hand ends what silence has kept of an earlier one. */
  _end_silence(invitation) {
    for (const [digest, seq] of [...invitation.standing]) {
      if (this.signoffs.get(seq).about.has("told")) invitation.standing.delete(digest);
    }
  }

  /** Silence counts for a small correction of what the organisation itself signed, after the time it agreed to. */
  _stay(entry, invitation) {
    const named = entry.about.has("told") || this.silence.is_named;
    const is_small_one = (old, new_one) => this._is_small(old, new_one);
    const found = named ? faults(this.silence, entry, is_small_one) : this._unnamed(entry, invitation);
    for (const fault of found) this._wrong(`The sign-off by silence in ${this.name(entry.seq)}: ${fault}.`);
  }

  /** What one lacks that was recorded before such entries named the mail: the letter had one time to object. */
  _unnamed(entry, invitation) {
    const found = [];
    const [by_hand, opened] = [this._signed_by_hand(entry), this.opened];
    const said_until = opened ? opened.about.get("objections_until") : null;
    const until = truth(said_until) ? str(said_until) : "";
    const hours = by_hand ? by_hand.about.get("objection_hours") : null;
    if (by_hand === null) found.push("it follows no sign-off of that organisation");
    else if (!is_whole(hours) || hours < 1) found.push("the organisation never agreed that silence counts");
    else if (opened && until && by_code_points(later(until, 0, 1), later(opened.at, hours)) < 0) {
      found.push(`the time to object was shorter than the ${hours} hours that the organisation agreed to`);
    }
    if (by_hand !== null && !this._is_small(by_hand.about.get("digest"), entry.about.get("digest"))) {
      found.push("the text is not a small correction of the one that the organisation itself signed");
    }
    if (invitation.state !== "to_confirm") found.push("the organisation was not asked to confirm a corrected text");
    if (!until || by_code_points(entry.at, until) < 0) {
      found.push("it was recorded before the time to object was over");
    }
    return found;
  }

  /** The sign-off by hand that one by silence goes back to, through others by silence. */
  _signed_by_hand(stay) {
    let before = stay;
    while (before && before.action === "invitation.stay") {
      const follows = before.about.get("follows");
      before = is_whole(follows) && follows < before.seq ? this.signoffs.get(follows) : null;
    }
    return before && before.about.get("invitation") === stay.about.get("invitation") ? before : null;
  }

  _is_small(old, new_one) {
    const both = JSON.stringify([old, new_one]);
    if (!this._small.has(both)) {
      const known = this.texts.has(old) && this.texts.has(new_one);
      const gone = this.erased.begun !== null && !known;
      if (gone) {
        this.report.remarks.push(
          `Whether text ${first_of(new_one, 12)} is a small correction of ${first_of(old, 12)} cannot be told any more: ` +
            "a text of the two was erased.",
        );
      }
      this._small.set(both, gone || (known && is_small(this.texts.get(old), this.texts.get(new_one))));
    }
    return this._small.get(both);
  }

  _rendered(entry) {
    const [digest, printed_ones] = [entry.says("digest"), entry.says("signoffs", "list")];
    entry.says("docx");
    if (printed_ones.some((seq) => !is_whole(seq))) {
      throw new VerificationError(`Entry ${entry.seq} does not name the sign-offs that its document prints.`);
    }
    this.renderings.push(entry);
    const known = new Set(printed_ones);
    if (known.size !== printed_ones.length) this._wrong(`The document of entry ${entry.seq} prints one sign-off twice.`);
    const counting = this.counting(digest);
    for (const seq of printed_ones) {
      if (!counting.has(seq)) this._wrong(`The document of entry ${entry.seq} prints ${this._no_sign_off(seq, digest)}`);
    }
    for (const seq of sorted_numbers(counting)) {
      if (!known.has(seq)) {
        this._wrong(`The document of entry ${entry.seq} leaves out the sign-off in ${this.name(seq)}.`);
      }
    }
  }

  /** Why a printed sign-off is none: it never was, is of another text, or was taken back. */
  _no_sign_off(seq, digest) {
    const signed = this.signoffs.get(seq);
    if (signed === undefined) return `a sign-off that never was: entry ${seq} is no sign-off before it.`;
    const other = signed.about.get("digest");
    if (other !== digest) {
      return `the sign-off in ${this.name(seq)}, which was given for another text, ${first_of(other, 12)}.`;
    }
    const last = this.invitations.get(signed.about.get("invitation")).last;
    const how = `${partition(last.action, ".")[2]}, entry ${last.seq}`;
    return `the sign-off in ${this.name(seq)}, which did not stand any more (${how}).`;
  }

  _dispatched(entry) {
    this._with_required(entry);
    this.dispatched = entry.says("documents", "list").map(str);
    for (const sha of this.dispatched) {
      const made = this.renderings.filter((rendered) => rendered.about.get("docx") === sha);
      if (!made.length) {
        this._wrong(`Entry ${entry.seq} sends the document ${first_of(sha, 12)}, which was never rendered.`);
      } else if (!made.some((rendered) => this._is_current(rendered))) {
        this._wrong(
          `Entry ${entry.seq} sends the document ${first_of(sha, 12)}: the text or its sign-offs have changed since.`,
        );
      }
    }
  }

  _is_current(rendered) {
    const printed_ones = rendered.about.get("signoffs");
    const signed = printed_ones.map((seq) => this.signoffs.get(seq)).filter((one) => one !== undefined);
    const [there, counting] = [new Set(printed_ones), this.counting(this.digest)];
    return (
      rendered.about.get("digest") === this.digest &&
      there.size === counting.size &&
      [...there].every((seq) => counting.has(seq)) &&
      !signed.some((one) => (this.reworded.get(one.about.get("invitation")) ?? -1) > rendered.seq)
    );
  }

  /** Whoever signed may correct how the name is written, until dispatch: it stays the same person's. */
  _corrected(entry) {
    const signed = this.signoffs.get(entry.says("signoff", "int"));
    const invitation = entry.says("invitation");
    if (signed === undefined || signed.about.get("invitation") !== invitation) {
      throw new VerificationError(`Entry ${entry.seq} corrects the name of a sign-off that never was.`);
    }
    if (entry.role !== "cosigner" || !BEFORE_DISPATCH.includes(this.state)) {
      this._wrong(`Entry ${entry.seq} corrects a printed name, which only whoever signed may do, until dispatch.`);
    }
    if (![...this.invitations.get(invitation).standing.values()].includes(signed.seq)) {
      this._wrong(
        `Entry ${entry.seq} corrects the name of the sign-off in entry ${signed.seq}, which did not stand.`,
      );
    }
    const [before, after] = [signed, entry].map((one) => this.shown_by(one.seq).get("name"));
    if (is_text(before) && is_text(after) && before !== after && !same_person(before, after)) {
      this._wrong(
        `Entry ${entry.seq} prints ${repr(after)} for the sign-off in ${this.name(signed.seq)}: ` +
          "that is no correction, but another name.",
      );
    }
    this.reworded.set(invitation, entry.seq);
  }

  /** A coordinator may correct an organisation's name until the letter is approved. */
  _renamed(entry) {
    if (!this.invitations.has(entry.says("invitation"))) {
      throw new VerificationError(`Entry ${entry.seq} renames an organisation that was never invited.`);
    }
    if (entry.role !== "coordinator" || !BEFORE_APPROVAL.includes(this.state)) {
      this._wrong(`Entry ${entry.seq} corrects the name of an organisation once the letter was ${this.state}.`);
    }
    this.reworded.set(entry.about.get("invitation"), entry.seq);
  }

  _queued(entry) {
    const asked = this.invitations.get(str(entry.about.get("invitation") ?? null));
    if (asked !== undefined && ASKING.includes(entry.about.get("kind"))) asked.asked = true;
    const docx = entry.about.get("docx");
    const carried = (truth(docx) ? docx : entry.about.get("document")) ?? null;
    if (carried === null && entry.about.get("kind") !== "letter") return;
    if (this.afterwards.carries(entry, carried)) {
      this._send_to(entry);
      return;
    }
    if (!this.dispatched.includes(carried)) {
      throw new VerificationError(
        `Entry ${entry.seq} mails the document ${first_of(str(carried), 12)}, which was not dispatched.`,
      );
    }
    if (entry.about.get("kind") === "letter") {
      this.carried.set(entry.says("delivery"), carried);
      this._send_to(entry);
    }
  }

  /** The letter to an office goes to the address that was recorded for its recipient. */
  _send_to(entry) {
    const address = this.shown_by(entry.seq).get("address");
    const due = this.offices.get(str(entry.about.get("recipient")));
    if (!is_text(address)) return;
    this.sent_to.push([entry.seq, address]);
    if (due !== undefined && address !== due) {
      this._wrong(`Entry ${entry.seq} mails the letter to ${address}; recorded for that office is ${due}.`);
    }
  }

  _accepted(entry) {
    this.accepted.add(this.carried.get(entry.says("delivery")) ?? "");
  }

  _confirmed(entry) {
    for (const sha of this.dispatched) {
      if (!this.accepted.has(sha)) {
        this._wrong(
          `Entry ${entry.seq} says that the letter was sent; no server accepted the document ${first_of(sha, 12)}.`,
        );
      }
    }
  }
}
