// --- deadlines: by when each organisation had to answer: none lapses before, none revives for nothing

/** The deadline of the letter, those of single organisations, and by which one each had lapsed. */
class Deadlines {
  constructor() {
    [this.known, this.letters] = [false, null];
    [this.own, this.lapsed] = [new Map(), new Map()];
    /** Lapsed before the server's clock had jumped: by a clock that may have been wrong. */
    this.unsure = new Set();
    /** Whether the deadline closes answers, as the rules of the letter are. */
    this.closes = true;
    [this.extends_once, this.extended] = [false, false];
  }

  /** Take one entry, and say what of it breaks a rule of deadlines. */
  apply(entry) {
    if (entry.action === "letter.created") {
      const terms = entry.about.get("terms");
      return is_dict(terms) ? this._terms(terms) : [];
    }
    if (entry.action === "campaign.terms") return this._terms(entry.about);
    if (entry.action === "deadline.extended") return this._extended(entry);
    if (entry.action === "clock.jumped") {
      for (const named of this.lapsed.keys()) this.unsure.add(named);
      return [];
    }
    const named = entry.about.has("invitation") ? str(entry.about.get("invitation")) : "";
    if (entry.action === "invitation.deadline") return this._given(entry, named);
    if (entry.action === "invitation.lapse") return this._lapse(entry, named);
    if (["invitation.revive", "invitation.reinvite"].includes(entry.action)) return this._revive(entry, named);
    return [];
  }

  /** By when an organisation answers; null: there is no deadline. Its own is more time, never less. */
  due(named) {
    if (this.letters === null) return null;
    const own = this.own.get(named) ?? "";
    return by_code_points(own, this.letters) > 0 ? own : this.letters;
  }

  _terms(terms) {
    if (terms.has("deadline")) [this.known, this.letters] = [true, told_time(terms.get("deadline"))];
    const days = terms.has("extend_days") ? terms.get("extend_days") : 0;
    this.extends_once = terms.get("at_deadline") === "extend" && is_whole(days) && days > 0;
    this.closes = terms.get("at_deadline") !== "ask";
    return [];
  }

  _extended(entry) {
    const [told, before] = [`Entry ${entry.seq} extends the deadline`, this.letters];
    const until = told_time(entry.about.get("deadline"));
    const wrong = [];
    if (entry.role !== "system" || !this.extends_once || this.extended) {
      wrong.push(`${told} by itself, and the rules do not say so, or it was extended before.`);
    }
    const later_one = before !== null && until !== null && by_code_points(until, before) > 0;
    if (!later_one || by_code_points(entry.at, before) < 0) {
      wrong.push(`${told} from ${before || "none"} to ${until || "none"}, before it had come, or to no later time.`);
    }
    [this.known, this.letters, this.extended] = [true, until, true];
    return wrong;
  }

  _given(entry, named) {
    this.own.set(named, told_time(entry.about.get("deadline")) ?? "");
    if (entry.role === "coordinator") return [];
    return [`Entry ${entry.seq} gives an organisation a deadline of its own, which only a coordinator may do.`];
  }

  _lapse(entry, named) {
    const due = this.due(named);
    this.lapsed.set(named, due);
    this.unsure.delete(named);
    const told = `Entry ${entry.seq} lets an invitation lapse`;
    if (!this.known) return [];
    if (due === null || by_code_points(entry.at, due) < 0) {
      return [`${told}, and its deadline, ${due || "none"}, had not come.`];
    }
    if (!this.closes || (this.extends_once && !this.extended)) {
      return [`${told}, and the rules do not say that the deadline closes it.`];
    }
    return [];
  }

  _revive(entry, named) {
    if (!this.lapsed.has(named)) return [];
    const [before, due] = [this.lapsed.get(named), this.due(named)];
    this.lapsed.delete(named);
    const by_hand = entry.action === "invitation.reinvite" && this.unsure.has(named);
    if (before === null || due === null || by_code_points(due, before) > 0 || by_hand) return [];
    return [
      `Entry ${entry.seq} records ${entry.action} of an organisation that had lapsed, without a later deadline.`,
    ];
  }
}

/** A time as entries write it, all of one length in UTC, so that they compare as they are. */
function told_time(told) {
  return is_text(told) ? told : null;
}
