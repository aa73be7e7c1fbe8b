// --- four_eyes: where two have to sign for an organisation: what one proposed, and whether another confirmed it

/** What somebody of an organisation proposed, and whether it can still be confirmed. */
class Proposed {
  constructor(entry) {
    Object.assign(this, { entry, is_open: true });
  }
}

/** What an entry says under a name, as a text; empty where it does not. */
function _text_in(entry, field) {
  const said = entry.about.get(field);
  return is_text(said) ? said : "";
}

/** Reads the entries in order and knows, at each moment, for whom two have to sign, and what is proposed. */
class FourEyes {
  constructor() {
    /** The campaign wants it of each organisation. */
    this.everybody = false;
    this.wanting = new Set();
    this.individuals = new Set();
    this.proposals = new Map();
    this.latest = new Map();
    /** Where each contact of an organisation was written to, as far as that is disclosed; empty: the first. */
    this.addresses = new Map();
    /** The sign-offs that one proposed and another confirmed. */
    this.by_two = new Set();
    this.digest = "";
  }

  /** Take one entry, given the states before it, and what it commits to; returns what is wrong. */
  apply(entry, letter, invitation, shown) {
    this._contact(entry, shown);
    const organisation = _text_in(entry, "invitation");
    if (entry.action === "revision.frozen") this.digest = _text_in(entry, "digest");
    else if (["letter.created", "campaign.terms"].includes(entry.action)) {
      const terms = entry.action === "letter.created" ? entry.about.get("terms") : entry.about;
      this.everybody = is_dict(terms) && terms.get("four_eyes") === true;
    } else if (entry.action === "invitation.created" && entry.about.get("individual") === true) {
      this.individuals.add(organisation);
    } else if (entry.action === "invitation.four_eyes") return this._wanted(entry, organisation);
    else if (entry.action === "proposal.made") return this._made(entry, letter, invitation, shown);
    else if (["proposal.refused", "proposal.ended"].includes(entry.action)) return this._closed(entry);
    else if (entry.action === "invitation.sign") return this._signed(entry);
    else if (entry.action === "invitation.fulfil") return this._alone(entry);
    else if (entry.action === "invitation.stay") return this._stayed(entry);
    else if (entry.action === "invitation.decline") this._end(organisation);
    else if (entry.action === "letter.revise") {
      for (const standing of this.latest.values()) standing.is_open = false;
    }
    return [];
  }

  /** Somebody of an organisation asks for a second; a coordinator alone lets one sign alone again. */
  _wanted(entry, organisation) {
    if (entry.about.get("wanted") === true) {
      this.wanting.add(organisation);
      return [];
    }
    this.wanting.delete(organisation);
    const why = `Entry ${entry.seq} lets one alone sign for an organisation, and no coordinator said so.`;
    return entry.role === "coordinator" ? [] : [why];
  }

  _end(organisation) {
    if (this.latest.has(organisation)) this.latest.get(organisation).is_open = false;
  }

  /** Take down to which address a contact is written to. */
  _contact(entry, shown) {
    let [of, address] = ["", undefined];
    if (["contact.added", "contact.corrected"].includes(entry.action)) {
      [of, address] = [_text_in(entry, "contact"), shown.get("email")];
    } else if (entry.action === "invitation.handed_over") [of, address] = [_text_in(entry, "of"), shown.get("contact")];
    else if (["invitation.created", "invitation.corrected", "invitation.contact"].includes(entry.action)) {
      address = shown.get("contact");
    } else return;
    const place = JSON.stringify([_text_in(entry, "invitation"), of]);
    if (is_text(address)) this.addresses.set(place, address);
    else this.addresses.delete(place);
  }

  _made(entry, letter, invitation, shown) {
    const [about, organisation, found] = [entry.about, _text_in(entry, "invitation"), []];
    if (entry.role !== "cosigner") found.push("only the organisation itself may");
    if (!["sign_off", "sent"].includes(letter)) found.push(`the letter was ${letter}`);
    if (!REACHED.get("sign")[0].includes(invitation)) found.push(`its invitation was ${invitation}`);
    if (about.get("digest") !== this.digest) found.push("it is of another text than the one that was open");
    if (!_text_in(entry, "confirming") || about.get("confirming") === about.get("link")) {
      found.push("whoever proposed it was to confirm it");
    }
    if (about.get("authority_ticked") !== true || about.get("name_typed") !== true) {
      found.push("no name was typed, or the authority to sign was not claimed");
    }
    const own = this.addresses.get(JSON.stringify([organisation, _text_in(entry, "contact")]));
    const to = shown.get("to");
    if (own !== undefined && is_text(to) && same_mailbox(own, to)) {
      found.push("the link to confirm it went to the very mailbox that it came from");
    }
    this._end(organisation);
    const proposed = new Proposed(entry);
    this.proposals.set(entry.seq, proposed);
    this.latest.set(organisation, proposed);
    return found.map((why) => `The proposal in entry ${entry.seq} does not hold: ${why}.`);
  }

  _closed(entry) {
    const [proposed, found] = [this._of(entry), []];
    if (proposed === null) return [`Entry ${entry.seq} is about a proposal that never was.`];
    if (entry.action === "proposal.refused") {
      if (entry.role !== "cosigner" || !equal(entry.about.get("link") ?? null, proposed.entry.about.get("confirming") ?? null)) {
        found.push(`Entry ${entry.seq} refuses a proposal by another link than the one that was to confirm it.`);
      }
    } else if (entry.role === "cosigner" && !_text_in(entry, "link")) {
      found.push(`Entry ${entry.seq} does not say by which link a proposal was withdrawn.`);
    }
    proposed.is_open = false;
    return found;
  }

  _of(entry) {
    const seq = entry.about.get("proposal");
    const proposed = is_whole(seq) ? (this.proposals.get(seq) ?? null) : null;
    const same = proposed !== null && _text_in(proposed.entry, "invitation") === _text_in(entry, "invitation");
    return same ? proposed : null;
  }

  /** Where two have to sign, one confirms by a link of their own what another proposed. */
  _signed(entry) {
    if ((entry.about.get("proposal") ?? null) === null) return this._alone(entry);
    this.by_two.add(entry.seq);
    const found = this._confirmed(entry);
    this._end(_text_in(entry, "invitation"));
    return found.map((why) => `The sign-off in entry ${entry.seq} does not hold: ${why}.`);
  }

  /** Silence goes on with what two have signed; with what one has, only where two need not. */
  _stayed(entry) {
    const follows = entry.about.get("follows");
    return is_whole(follows) && this.by_two.has(follows) ? [] : this._alone(entry);
  }

  /** One alone signs only where two need not. */
  _alone(entry) {
    const organisation = _text_in(entry, "invitation");
    this._end(organisation);
    const wanted = (this.everybody || this.wanting.has(organisation)) && !this.individuals.has(organisation);
    const why = "two have to sign for that organisation, and nobody had proposed it";
    return wanted ? [`The sign-off in entry ${entry.seq} does not hold: ${why}.`] : [];
  }

  _confirmed(entry) {
    const [proposed, found] = [this._of(entry), []];
    if (proposed === null) return ["it confirms a proposal that never was"];
    const made = proposed.entry;
    if (!proposed.is_open) found.push(`the proposal in entry ${made.seq} had ended before`);
    if (entry.role !== "cosigner") found.push("only the organisation itself may confirm");
    if (!equal(made.about.get("digest") ?? null, entry.about.get("digest") ?? null)) {
      found.push(`the proposal in entry ${made.seq} was of another text`);
    }
    const [link, own] = [entry.about.get("link") ?? null, made.about.get("link") ?? null];
    if (!equal(link, made.about.get("confirming") ?? null) || equal(link, own)) {
      found.push(`it was not confirmed by the link that the proposal in entry ${made.seq} names`);
    }
    return found;
  }
}
