// --- printing: what the log tells of how a letter was printed: which letterhead, which names withheld, which pictures

/** The letterheads that come with the product: what stands on the page, in order, and no word of their own. */
const BUILT_IN = new Map([
  ["plain", ["recipient", "date", "subject", "salutation", "body", "closing", "signatories"]],
  ["logos", ["logos", "recipient", "date", "subject", "salutation", "body", "closing", "signatories"]],
  ["many", ["recipient", "date", "subject", "salutation", "body", "closing", "signatories"]],
]);

/**
 * Walks through the entries, and what they commit to, and keeps what each document was made with (its setting):
 *
 * `withheld`: the sign-offs whose organisations must not be named; `individuals`: those of people who signed in their
 * own name; `corrected`: which entry says last how the signatory of a sign-off is printed, where that was corrected;
 * `renamed`: the same for the organisation of a sign-off that was given before its name was corrected; `letterhead`:
 * the SHA-256 of the letterhead with its marks, empty in evidence of before there was one; `name`: of a letterhead
 * that comes with the product, empty for one of the campaign's own; `approved_on`: the letterheads that the approval
 * names; `chosen` and `first_signed`: entries; `code`: by which anybody can ask whether the letter is genuine, as its
 * approval says; `qr`: the SHA-256 of the picture of that in its footers, where they have one.
 */
class Printing {
  constructor(disclosed) {
    this.disclosed = disclosed;
    this.settings = new Map();
    this.pictures = new Set();
    this.signed_by_hand = new Map();
    this.withheld = new Set();
    this.individuals = new Set();
    this.corrected = new Map();
    this.renamed = new Map();
    this.signed = new Map();
    this.chosen = null;
    this.approved_on = null;
    this.code = this.qr = "";
  }

  /** Take one entry. */
  apply(entry) {
    const about = entry.about;
    const invitation = str(about.get("invitation"));
    if (entry.action === "invitation.placed") {
      if (about.get("confidential") === true) this.withheld.add(invitation);
      else this.withheld.delete(invitation);
    } else if (entry.action === "invitation.created") {
      if (about.get("individual") === true) this.individuals.add(invitation);
    } else if (["invitation.sign", "invitation.stay", "invitation.fulfil"].includes(entry.action)) {
      this.signed.set(entry.seq, [invitation, entry]);
      if (entry.action === "invitation.stay" && is_whole(about.get("follows"))) this._sign_like(about.get("follows"), entry.seq);
    } else if (entry.action === "organisation.logo") {
      // In the entry itself in older records; since then committed to, for it can name an organisation.
      const png = truth(about.get("png")) ? about.get("png") : this.disclosed.get(entry.seq)?.get("png");
      this.pictures.add(str(png));
    } else if (entry.action === "signoff.corrected" && is_whole(about.get("signoff"))) {
      this.corrected.set(about.get("signoff"), entry.seq);
    } else if (entry.action === "organisation.renamed") {
      this.renamed.set(invitation, entry.seq);
    } else if (entry.action === "signoff.image" && is_whole(about.get("signoff"))) {
      const png = str(about.get("png"));
      if (!this.signed_by_hand.has(png)) this.signed_by_hand.set(png, new Set());
      this.signed_by_hand.get(png).add(about.get("signoff"));
    } else if (entry.action === "paper.chosen") {
      const before = this.chosen ? this.chosen.about.get("letterhead") : null;
      if (!equal(before, about.get("letterhead"))) this.chosen = entry;
    } else if (entry.action === "letter.approve") {
      const named = about.get("letterheads");
      this.approved_on = Array.isArray(named) ? named.map(str) : null;
      [this.code, this.qr] = ["code", "qr"].map((part) => (truth(about.get(part)) ? str(about.get(part)) : ""));
    } else if (["document.rendered", "addendum.made"].includes(entry.action)) this.settings.set(entry.seq, this._setting(about));
  }

  /** Whoever stays by silence is printed with the image of the signature that it gave by hand. */
  _sign_like(by_hand, stay) {
    for (const signed of this.signed_by_hand.values()) if (signed.has(by_hand)) signed.add(stay);
  }

  _setting(about) {
    const [paper, signoffs] = [about.get("paper"), about.get("signoffs")];
    const name = Array.isArray(paper) && paper.length ? str(paper[0]) : "plain";
    const printed_ones = Array.isArray(signoffs) ? signoffs.filter(is_whole) : [];
    const of = new Map(printed_ones.map((seq) => [seq, this.signed.get(seq)?.[0] ?? ""]));
    const seqs = (holds) => new Set([...of].filter(([, invitation]) => holds(invitation)).map(([seq]) => seq));
    const chosen = this.chosen && this.chosen.about.get("letterhead") === name ? this.chosen : null;
    const [first] = this.signed.values();
    return {
      withheld: seqs((invitation) => this.withheld.has(invitation)),
      individuals: seqs((invitation) => this.individuals.has(invitation)),
      corrected: new Map([...of.keys()].filter((seq) => this.corrected.has(seq)).map((seq) => [seq, this.corrected.get(seq)])),
      renamed: new Map(
        [...of].filter(([seq, one]) => (this.renamed.get(one) ?? -1) > seq).map(([seq, one]) => [seq, this.renamed.get(one)]),
      ),
      letterhead: truth(about.get("letterhead")) ? str(about.get("letterhead")) : "",
      name: BUILT_IN.has(name) ? name : "",
      approved_on: this.approved_on,
      chosen,
      first_signed: first ? first[1] : null,
      code: this.code,
      qr: this.qr,
    };
  }
}
