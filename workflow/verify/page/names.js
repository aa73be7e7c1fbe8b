// --- names: the names below a letter as they must be printed: those that signed, in order, how many are withheld

/** Beside a sign at the end of a Latin name, where lines run from right to left: it is seen by nobody. */
const LEFT_TO_RIGHT = "\u200e";
/** A name, a title, an organisation: what a sign-off whose data is withheld may print at most. */
const LINES_OF_ONE = 3;
/** One, in Arabic two, and more; several where the word changes with the number: once the first was for all. */
const WITHHELD = new Map(Object.entries({
  en: [
    "and one organisation whose name is withheld",
    "and {} organisations whose names are withheld",
  ],
  fr: [
    "et une organisation dont le nom n’est pas divulgué",
    "et {} organisations dont le nom n’est pas divulgué",
  ],
  es: [
    "y una organización cuyo nombre se reserva",
    "y {} organizaciones cuyos nombres se reservan",
  ],
  pt: [
    "e uma organização cujo nome não é divulgado",
    "e {} organizações cujos nomes não são divulgados",
  ],
  ar: [
    "ومنظمة واحدة حُجب اسمها",
    "ومنظمتان حُجب اسماهما",
    "و{} منظمات حُجبت أسماؤها",
    "و{} منظمةً حُجبت أسماؤها",
    "و{} منظمة حُجبت أسماؤها",
  ],
  fa: [
    "و یک سازمان که نامش محفوظ است",
    "و {} سازمان که نامشان محفوظ است",
  ],
  ru: [
    "и одна организация, не названная по её просьбе",
    "и организации, не названные по их просьбе: {}",
  ],
  km: [
    "និងអង្គការមួយដែលមិនបញ្ចេញឈ្មោះ",
    "និងអង្គការចំនួន {} ដែលមិនបញ្ចេញឈ្មោះ",
  ],
  my: [
    "နှင့် အမည်မဖော်လိုသော အဖွဲ့အစည်း တစ်ခု",
    "နှင့် အမည်မဖော်လိုသော အဖွဲ့အစည်း {} ခု",
  ],
  th: [
    "และองค์กรที่ไม่ประสงค์ออกนาม 1 องค์กร",
    "และองค์กรที่ไม่ประสงค์ออกนาม {} องค์กร",
  ],
  zh: [
    "以及一个不公开名称的组织",
    "以及{}个不公开名称的组织",
  ],
}));
const NOTES = new Map(Object.entries({
  en: "Notes",
  fr: "Notes",
  es: "Notas",
  pt: "Notas",
  ar: "ملاحظات",
  fa: "یادداشت\u200cها",
  ru: "Примечания",
  km: "កំណត់សម្គាល់",
  my: "မှတ်ချက်",
  th: "หมายเหตุ",
  zh: "注释",
}));

/** The heading above those who sign in their own name. */
const INDIVIDUALS = new Map(Object.entries({
  en: "Individuals",
  fr: "À titre individuel",
  es: "A título individual",
  pt: "A título individual",
  ru: "Частные лица",
  ar: "بصفة شخصية",
  fa: "اشخاص",
  km: "បុគ្គល",
  my: "တစ်ဦးချင်း",
  th: "บุคคล",
  zh: "个人",
}));
/** What a header says from the second page on: whom the letter is to, and the word before the page's number. */
const RUNNING = new Map(Object.entries({
  en: ["To {}", "page"],
  fr: ["À {}", "page"],
  es: ["A {}", "página"],
  pt: ["Para {}", "página"],
  ru: ["Адресат: {}", "стр."],
  ar: ["إلى {}", "صفحة"],
  fa: ["به {}", "صفحه"],
  km: ["ជូនចំពោះ {}", "ទំព័រ"],
  my: ["{} ထံ", "စာမျက်နှာ"],
  th: ["ถึง {}", "หน้า"],
  zh: ["致{}", "页码"],
}));

/** One sign-off as it is printed; of one whose data is withheld or erased there are no lines. */
class Name {
  constructor(seq, lines, individual = false) {
    this.seq = seq;
    this.lines = lines;
    /** Somebody who signed in their own name: it stands in the second list. */
    this.individual = individual;
  }

  /** Whether a paragraph prints this sign-off and nothing else. */
  is_in(words) {
    if (this.lines === null) return strip(words).split("\n").length <= LINES_OF_ONE;
    return this.forms().includes(words) || this.forms().includes(words.replaceAll(LEFT_TO_RIGHT, ""));
  }

  /** How it may be printed: line by line, or in one line. */
  forms() {
    return this.lines !== null ? [...new Set([this.lines.join("\n"), this.lines.join(", ")])] : [];
  }
}

/** The first part of a text's language, as its phrases are found by. */
function spoken(text) {
  return strip(text.has("language") ? str(text.get("language")) : "").split(/[-_]/)[0].toLowerCase();
}

/** What each sign-off prints: what it committed to, with what entries after it have corrected of that. */
function as_printed(disclosed, corrected, renamed) {
  const found = new Map(disclosed);
  for (const [parts, corrections] of [[["name", "title"], corrected], [["organisation", "acronym"], renamed]]) {
    for (const [seq, correction] of corrections) {
      if (disclosed.has(correction) && found.has(seq)) {
        const said_later = parts.map((part) => [part, disclosed.get(correction).get(part) ?? null]);
        found.set(seq, new Map([...found.get(seq), ...said_later]));
      } else found.delete(seq);
    }
  }
  return found;
}

/** What is printed of these sign-offs, in their order. */
function names(signoffs, withheld, disclosed, individuals = new Set()) {
  const found = [];
  for (const seq of signoffs) {
    if (withheld.has(seq)) continue;
    const alone = individuals.has(seq);
    found.push(new Name(seq, disclosed.has(seq) ? _lines_of(disclosed.get(seq), alone) : null, alone));
  }
  return found;
}

/** The pattern of what a running header says before the number of the page; a date in it is to be looked at. */
function running_form(addressee, language) {
  const [to, page] = RUNNING.get(language) ?? RUNNING.get("en");
  const joint = " \u200f?·\u200f? ";
  const begun = addressee ? escaped(to.replace("{}", () => addressee)) + joint : "";
  return `${begun}(?:(?<running_date>[^\n\x01·\u200f]{0,48})${joint})?${escaped(page)} `;
}

/** The sentences of which one stands for so many organisations that have signed and are not named; none for none. */
function withheld_lines(count, language) {
  const known = WITHHELD.get(language) ?? WITHHELD.get("en");
  const in_words = count > 0 ? known.filter((line) => !line.includes("{}")).slice(count - 1, count) : [];
  const counted_ones = known.filter((line) => line.includes("{}") && count > 1);
  return [...in_words, ...counted_ones.map((line) => line.replace("{}", count))];
}

/** What a sign-off prints: the name, the title, the organisation with its acronym where that is not in it. */
function _lines_of(person, alone) {
  const [name, title, whole, acronym] = ["name", "title", "organisation", "acronym"].map((key) =>
    cleaned(truth(person.get(key)) ? str(person.get(key)) : ""),
  );
  if (alone) return [name || whole, title].filter(Boolean);
  let organisation = whole;
  if (acronym && !casefold(organisation).includes(casefold(acronym))) {
    organisation = organisation ? `${organisation} (${acronym})` : acronym;
  }
  return [name, title, organisation].filter(Boolean);
}

/** A line as it is printed: single blanks, none at the ends. */
function cleaned(line) {
  return printed(split_words(line).join(" "));
}

/** How many of these places, in their order, are not behind one. */
function _up_to(places, one) {
  let [begin, end] = [0, places.length];
  while (begin < end) {
    const middle = (begin + end) >> 1;
    if (places[middle] > one) end = middle;
    else begin = middle + 1;
  }
  return begin;
}

/** The first of these places, in their order, that is behind one and still left. */
function _first_left(places, left, after) {
  for (let at = _up_to(places, after); at < places.length; at++) if (left.has(places[at])) return places[at];
  return null;
}

/** Hold a list by country against its names and headings; says what is wrong, if anything. */
function grouped(words, people, headings) {
  const due = headings.map((heading) => cleaned(str(heading))).reverse();
  const known = new Map();
  people.forEach((name, number) => {
    for (const form of name.forms()) known.set(form, [...(known.get(form) ?? []), number]);
  });
  const left = new Set(people.keys());
  const unknown_names = [...people.keys()].filter((number) => people[number].lines === null);
  let last = -1;
  for (let one of words) {
    if (due.length && one === due[due.length - 1]) {
      due.pop();
      last = -1;
      continue;
    }
    if (!known.has(one)) one = one.replaceAll(LEFT_TO_RIGHT, "");
    const places = known.get(one) ?? unknown_names;
    const taken = _first_left(places, left, last) ?? _first_left(places, left, -1);
    if (taken === null) return `${repr(one)} stands below the letter, where a sign-off must stand`;
    left.delete(taken);
    // Which of several that are printed alike it is, nobody sees: it is in order where one of them can be.
    const behind = _up_to(places, last);
    if (behind < places.length) last = places[behind];
    else if (known.has(one)) return `${repr(one)} stands out of its order below the letter`;
  }
  const lines_left = sorted_numbers(left).map((number) => (people[number].lines?.length ? people[number].lines : ["a name"]));
  const missing = [...lines_left.map((lines) => lines.join(", ")), ...due];
  return missing.length ? `${repr(missing.join(", "))} does not stand below the letter` : null;
}
