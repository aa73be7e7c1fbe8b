// --- mails: the mails as the entries tell them: never queued was never sent, and a letter to an office is sent once

/** Where a mail is until it is answered; for those that are not sent once, the entries tell the first two alone. */
const TAKES_UP = ["queued", "deferred", "sending", "handed_over"];

/** Each step of a mail: from where, and to where it leads. */
const MAIL_STEPS = new Map([
  ["claim", [["queued", "deferred"], "sending"]],
  ["hand_over", [["sending"], "handed_over"]],
  ["accept", [["handed_over", "uncertain"], "accepted"]],
  ["defer", [["sending", "handed_over"], "deferred"]],
  ["reject", [["sending", "handed_over"], "rejected"]],
  ["lose", [["handed_over"], "uncertain"]],
  ["requeue", [["uncertain"], "queued"]],
  ["bounce", [["accepted", "uncertain"], "bounced"]],
  ["unbounce", [["bounced"], "accepted"]],
  ["cancel", [["queued", "deferred"], "cancelled"]],
]);

/** The kinds that are sent once: each of their steps is an entry, and only a person has one sent again. */
const TO_AN_OFFICE = ["letter", "addendum", "withdrawal"];

/** Reads the entries in order, and says which step of a mail cannot have been. */
class Mails {
  constructor() {
    this._kinds = new Map();
    this._states = new Map();
    /** The SHA-256 of the bytes that were offered, by mail. */
    this._offered = new Map();
  }

  /** Take one entry. */
  *apply(entry) {
    const [thing, , trigger] = partition(entry.action, ".");
    const [mail, kind] = [str(entry.about.get("delivery")), str(entry.about.get("kind"))];
    if (thing !== "delivery" || (trigger !== "queued" && !MAIL_STEPS.has(trigger))) return;
    const said = `Entry ${entry.seq} records ${entry.action}`;
    if (trigger === "queued") {
      if (this._kinds.has(mail)) yield `${said} of an email that was queued before.`;
      this._kinds.set(mail, kind);
      this._states.set(mail, "queued");
    } else if (!this._kinds.has(mail)) yield `${said} of an email that was never queued.`;
    else for (const fault of this._step(entry, mail, kind, trigger)) yield `${said} ${fault}`;
  }

  *_step(entry, mail, kind, trigger) {
    const [state, [sources, reached]] = [this._states.get(mail), MAIL_STEPS.get(trigger)];
    this._states.set(mail, reached);
    if (kind !== this._kinds.get(mail)) yield "under another kind than the email was queued with.";
    const sent_once = TO_AN_OFFICE.includes(this._kinds.get(mail));
    const taken_up = TAKES_UP.includes(state) && sources.some((source) => TAKES_UP.includes(source));
    if (!sources.includes(state) && (sent_once || !taken_up)) {
      yield `of an email that was ${state.replaceAll("_", " ")}.`;
    }
    if (sent_once && trigger === "requeue" && entry.role === "system") {
      yield "by itself: only a person has the letter sent to an office again.";
    }
    if (trigger === "unbounce" && entry.role === "system") {
      yield "by itself: only a person says that an email has arrived which came back.";
    }
    const sent = entry.about.get("mime") ?? null;
    if (sent !== null) {
      if (!this._offered.has(mail)) this._offered.set(mail, sent);
      if (!equal(this._offered.get(mail), sent)) yield "with other bytes than were sent before.";
    }
  }
}
