// --- silence: what an organisation's silence rests on, as the entries tell it

/** More than any rule can say: an entry with a larger number agreed to nothing that can be counted. */
const MOST_HOURS = 10_000;

/** Whoever has said something of a text is not silent about it. */
const ANSWERS = [
  ...["comment.added", "suggestion.added", "time.asked"],
  ...["condition.agreed", "proposal.made", "proposal.refused"],
];

/** Nor is who has written by mail, for whatever that says; and who cannot be written to any more is asked. */
const WROTE = ["mail.received", "address.blocked"];

/** What a coordinator does to a contact that an organisation has besides its first. */
const CHANGED = ["contact.corrected", "contact.removed"];

/** One organisation: its last sign-off by hand, and what has happened to it since. */
class Consent {
  constructor(invitation) {
    this.invitation = invitation;
    this.state = "invited";
    /** The last sign-off that a person gave and nobody has taken back. */
    this.by_hand = null;
    /** Its contact was changed for it since then: whoever agreed to the rule may never hear of a correction. */
    this.moved = false;
    /** It has said something of the text that is before it. */
    this.spoke = false;
    this.wants_changes = false;
    /** Its mail server took the mail that told it of the present correction, and has not returned it. */
    this.told = null;
    this.told_at = "";
  }

  /** How long it is to have to object, as it agreed when it last signed by hand; 0: silence never counts. */
  get hours() {
    const hours = this.by_hand ? this.by_hand.about.get("objection_hours") : null;
    return is_whole(hours) && hours > 0 && hours <= MOST_HOURS ? hours : 0;
  }

  /** The digest of the text that it last signed by hand. */
  get signed_text() {
    return this.by_hand ? told_by(this.by_hand, "digest") : "";
  }

  /** Whether it has said nothing of the text that is before it. */
  get silent() {
    return !(this.spoke || this.wants_changes);
  }
}

/** What an entry says under a name, as words; empty where it does not. */
function told_by(entry, name) {
  return entry.about.has(name) ? str(entry.about.get(name)) : "";
}

const MOMENT =
  /^(\p{Nd}{4})-(1[0-2]|0[1-9]|[1-9])-(3[0-1]|[12]\p{Nd}|0[1-9]|[1-9]| [1-9])T(2[0-3]|[01]\p{Nd}|\p{Nd}):([0-5]\p{Nd}|\p{Nd}):(6[0-1]|[0-5]\p{Nd}|\p{Nd})\.([0-9]{1,6})Z$/iu;
const DAY_OF_YEAR_ONE = 719162; // from the first of January of the year 1 to that of 1970

/** Return the time so much later, as entries write it; empty where there is no such time. */
function later(at, hours, minutes = 0) {
  const found = MOMENT.exec(at);
  if (found === null) return "";
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(digits_read);
  const days_of = (y, m, d) => Math.round(new Date(0).setUTCFullYear(y, m - 1, d) / 86_400_000);
  const date = new Date(days_of(year, month, day) * 86_400_000);
  const wrong = year < 1 || second > 59 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day;
  if (wrong) return "";
  const seconds = days_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second + hours * 3600 + minutes * 60;
  const then = new Date(seconds * 1000);
  if (seconds < -DAY_OF_YEAR_ONE * 86_400 || Number.isNaN(then.getTime()) || then.getUTCFullYear() > 9999) return "";
  const two = (number) => String(number).padStart(2, "0");
  const on = `${then.getUTCFullYear()}-${two(then.getUTCMonth() + 1)}-${two(then.getUTCDate())}`;
  const clock = [then.getUTCHours(), then.getUTCMinutes(), then.getUTCSeconds()].map(two).join(":");
  return `${on}T${clock}.${found[7].padEnd(6, "0")}Z`;
}

/** A number in the digits of any script. */
function digits_read(text) {
  let number = 0;
  for (const digit of strip(text)) {
    const code = digit.codePointAt(0);
    let value = code - 48;
    if (value > 9) {
      // Digits of a script stand together, ten by ten, and nought is the first.
      for (value = 0; value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1)); ) value++;
    }
    number = 10 * number + value;
  }
  return number;
}

/** Reads the entries in order and knows, at each moment, whose silence could count, and from when on. */
class Silence {
  constructor() {
    this.consents = new Map();
    this.digest = "";
    /** What opened sign-off for a small correction, for as long as it is open without a break. */
    this.opened = null;
    /** The mails under way that tell of it: whom each is for. */
    this._waiting = new Map();
    this._clock = "";
  }

  /** Until when an organisation may object; empty where it has not been told yet. */
  until(consent) {
    if (this.opened === null || consent.told === null || !consent.hours) return "";
    const own = later(consent.told_at, consent.hours);
    const floor = this._floor();
    return own ? (by_code_points(own, floor) >= 0 ? own : floor) : "";
  }

  /** Take one entry. */
  apply(entry) {
    // A clock that goes back between two entries takes no time from anybody.
    if (entry.at > this._clock) this._clock = entry.at;
    const [thing, , trigger] = partition(entry.action, ".");
    if (entry.action === "revision.frozen") {
      this.digest = told_by(entry, "digest");
      this._begin();
    } else if (thing === "letter") this._letter(entry, trigger);
    else if (thing === "delivery") this._mail(entry, trigger);
    else this._organisation(entry, trigger);
  }

  _letter(entry, trigger) {
    if (!["circulate", "open_sign_off", "revise", "approve", "reopen", "dispatch", "withdraw"].includes(trigger)) return;
    // Whatever the letter does but being open for sign-off ends the time to object: it never runs on behind a door.
    const opens = trigger === "open_sign_off" && truth(entry.about.get("objections_until"));
    this.opened = opens ? entry : null;
    this._begin();
  }

  /** Nobody has been told of the text of now, or has said anything of it. */
  _begin() {
    this._waiting.clear();
    for (const consent of this.consents.values()) [consent.told, consent.spoke] = [null, false];
  }

  _mail(entry, trigger) {
    const delivery = told_by(entry, "delivery");
    const consent = this.consents.get(this._waiting.get(delivery) ?? "");
    if (trigger === "queued") {
      if (this._tells(entry)) this._waiting.set(delivery, told_by(entry, "invitation"));
    } else if (consent === undefined) return;
    else if (trigger === "accept" && entry.role === "system" && consent.told === null) {
      [consent.told, consent.told_at] = [entry, this._clock];
    } else if (trigger === "bounce" && consent.told && consent.told.about.get("delivery") === delivery) {
      consent.told = null;
    }
  }

  /** Whether a mail tells an organisation of the present correction, and that its silence counts. */
  _tells(queued) {
    const about = queued.about;
    const consent = this.consents.get(told_by(queued, "invitation"));
    if (this.opened === null || consent === undefined || about.get("kind") !== "revised") return false;
    // Silence rests on the mail to whom the organisation was asked through first: others may be added later.
    if (about.has("contact")) return false;
    if (!about.has("digest")) return !this.is_named;
    return about.get("digest") === this.digest && equal(about.get("objection_hours"), consent.hours || null);
  }

  /** Whether the opening is of the kind whose mails and stays name what they rest on. */
  get is_named() {
    return this.opened !== null && this.opened.about.has("objection_hours");
  }

  _floor() {
    return this.opened ? str(this.opened.about.get("objections_until")) : "";
  }

  _organisation(entry, trigger) {
    const name = told_by(entry, "invitation");
    if (entry.action === "invitation.created") this.consents.set(name, new Consent(name));
    const consent = this.consents.get(name);
    if (consent === undefined) return;
    const answers = ANSWERS.includes(entry.action) && entry.role === "cosigner";
    if (WROTE.includes(entry.action) || answers) consent.spoke = true;
    else if (entry.action === "link.replaced") this._tell_anew(consent);
    // It may have been whoever agreed to the rule: an entry does not say which contact signed.
    else if (CHANGED.includes(entry.action)) consent.moved = true;
    else if (entry.action.startsWith("invitation.")) this._answered(consent, entry, trigger);
  }

  /** The link that it was told of works no more: only a mail with the new one counts. */
  _tell_anew(consent) {
    consent.told = null;
    for (const [mail, name] of [...this._waiting]) if (name === consent.invitation) this._waiting.delete(mail);
  }

  _answered(consent, entry, trigger) {
    if (REACHED.has(trigger)) consent.state = REACHED.get(trigger)[1];
    if (["sign", "fulfil"].includes(trigger)) [consent.by_hand, consent.moved, consent.wants_changes] = [entry, false, false];
    else if (trigger === "retract") [consent.by_hand, consent.wants_changes] = [null, false];
    else if (trigger === "reinvite") consent.wants_changes = false;
    // While it had lapsed it could not object: it is asked.
    else if (trigger === "revive") consent.spoke = true;
    else if (trigger === "verdict") consent.wants_changes = entry.about.get("verdict") === "changes_requested";
    else if (trigger === "contact") {
      consent.moved = true;
      this._tell_anew(consent);
    } else if (trigger === "handed_over" && !truth(entry.about.get("of"))) this._tell_anew(consent);
  }
}

/** Say what a sign-off by silence lacks, given what the entries before it told. */
function faults(known, stay, is_small) {
  const consent = known.consents.get(str(stay.about.get("invitation"))) ?? new Consent("");
  const { by_hand, told } = consent;
  const found = [];
  if (by_hand === null || !equal(stay.about.get("follows"), by_hand.seq)) {
    found.push("it follows no sign-off of that organisation that is its last by hand");
  }
  if (!consent.hours) found.push("the organisation never agreed that silence counts");
  else if (!equal(stay.about.get("objection_hours"), consent.hours)) {
    found.push("it does not say the hours that the organisation agreed to");
  }
  if (consent.state !== "to_confirm") found.push("the organisation was not asked to confirm a corrected text");
  if (!is_small(consent.signed_text, str(stay.about.get("digest")))) {
    found.push("the text is not a small correction of the one that the organisation itself signed");
  }
  if (consent.moved) found.push("the contact of the organisation was changed since it signed");
  if (!consent.silent) {
    found.push("the organisation was not silent: it has commented on this text, or asked for something");
  }
  if (told === null || !equal(stay.about.get("told"), told.seq)) {
    found.push("no mail server had accepted the mail that told the organisation of this correction");
  }
  const until = known.until(consent);
  if (!until || by_code_points(stay.at, until) < 0) {
    found.push("it was recorded before the time to object was over");
  }
  return found;
}
