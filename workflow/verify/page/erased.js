// --- erased: what the log says was erased: whose personal data, which documents, or the whole letter

/** Why, as the verifier says it; a ground that it does not know stands in its own word. */
const GROUNDS = new Map([
  ["request", "at the person’s request"],
  ["retention", "at the end of its retention"],
  ["consent", "consent was withdrawn"],
  ["mistake", "it should not have been kept"],
]);

/** What is not to be expected in the evidence, each with the entry that says that it was erased. */
class Erased {
  constructor() {
    this.openings = new Map();
    this.documents = new Map();
    /** From here on the whole letter goes: its texts and documents too. */
    this.begun = null;
    this.facts = [];
    /** The entries that were not erased with the whole letter so far: each is looked at once. */
    this.kept = [];
  }

  /** Take one entry. */
  apply(entry) {
    if (entry.action === "person.erased") {
      const gone = _listed(entry, "entries").filter((one) => is_whole(one) && one < entry.seq);
      const bytes_gone = _listed(entry, "documents").filter(is_text);
      for (const seq of gone) this.openings.set(seq, entry.seq);
      for (const sha of bytes_gone) this.documents.set(sha, entry.seq);
      const mails = _listed(entry, "deliveries").length + _listed(entry, "mails").length;
      const counts = `openings: ${gone.length}, emails: ${mails}, stored documents and images: ${bytes_gone.length}`;
      this.facts.push(`Erased: somebody’s personal data (${counts}), ${_why(entry)}.`);
    } else if (entry.action === "letter.erased") {
      this.begun = this.begun ?? entry;
      for (const seq of this.kept) this.openings.set(seq, entry.seq);
      this.kept = [];
      if (entry.about.get("done") === true) {
        this.facts.push(`Erased: the whole letter, its texts and its documents, ${_why(entry)}.`);
      }
    }
    this.kept.push(entry.seq);
  }
}

/** Read what the entries say was erased. */
function read_erased(entries) {
  const found = new Erased();
  for (const entry of entries) found.apply(entry);
  return found;
}

function _listed(entry, name) {
  const value = entry.about.get(name);
  return Array.isArray(value) ? value : [];
}

function _why(entry) {
  const ground = told_by(entry, "ground");
  return `${GROUNDS.get(ground) ?? ground}: entry ${entry.seq}, ${entry.at}`;
}

/** The first of some numbers, in order, and how many more there are. */
function some_of(numbers, most = 10) {
  const known = sorted_numbers(numbers);
  const more = known.length > most ? ` and ${known.length - most} more` : "";
  return known.slice(0, most).join(", ") + more;
}
