// --- addendum: as the letter of its own that it is, what it must say of the letter that it belongs to

/**
 * The sentences of an addendum by language: its subject; what it says of a letter that bears a date, and of one that does
 * not; that it is unchanged; who has signed; where one can ask; what a letter is called that has no subject.
 */
const ADDENDUM_PHRASES = new Map(Object.entries({
  en: [
    "Addendum: {title}",
    "This is an addendum to the joint letter “{subject}” of {date} to {addressee}, sent on {sent}.",
    "This is an addendum to the joint letter “{subject}” to {addressee}, sent on {sent}.",
    "The text of the letter and its signatories are unchanged. Its fingerprints (SHA-256) are:",
    "Since then the letter has also been signed by:",
    "Is this letter genuine?",
    "Letter to {addressee}",
  ],
  fr: [
    "Additif : {title}",
    "Ceci est un additif à la lettre commune « {subject} » du {date} adressée à {addressee} et envoyée le {sent}.",
    "Ceci est un additif à la lettre commune « {subject} » adressée à {addressee} et envoyée le {sent}.",
    "Le texte de la lettre et ses signataires restent inchangés. Ses empreintes (SHA-256) sont :",
    "Depuis, la lettre a aussi été signée par :",
    "Cette lettre est-elle authentique\xa0?",
    "Lettre à {addressee}",
  ],
  es: [
    "Adenda: {title}",
    "Esta es una adenda a la carta conjunta «{subject}» del {date} dirigida a {addressee} y enviada el {sent}.",
    "Esta es una adenda a la carta conjunta «{subject}» dirigida a {addressee} y enviada el {sent}.",
    "El texto de la carta y sus firmantes no han cambiado. Sus huellas (SHA-256) son:",
    "Desde entonces también han firmado la carta:",
    "¿Es auténtica esta carta?",
    "Carta a {addressee}",
  ],
  pt: [
    "Adenda: {title}",
    "Esta é uma adenda à carta conjunta “{subject}”, de {date}, dirigida a {addressee} e enviada em {sent}.",
    "Esta é uma adenda à carta conjunta “{subject}” dirigida a {addressee} e enviada em {sent}.",
    "O texto da carta e os seus signatários não mudaram. As suas impressões digitais (SHA-256) são:",
    "Desde então, a carta foi também assinada por:",
    "Esta carta é autêntica?",
    "Carta a {addressee}",
  ],
  ar: [
    "ملحق: {title}",
    "هذا ملحق بالرسالة المشتركة «{subject}» المؤرخة {date} والموجهة إلى {addressee}، والتي أُرسلت في {sent}.",
    "هذا ملحق بالرسالة المشتركة «{subject}» الموجهة إلى {addressee}، والتي أُرسلت في {sent}.",
    "نص الرسالة والموقعون عليها دون تغيير. بصماتها (SHA-256) هي:",
    "ومنذ ذلك الحين وقّعت الرسالةَ أيضًا الجهات التالية:",
    "هل هذه الرسالة أصلية؟",
    "رسالة إلى {addressee}",
  ],
  fa: [
    "پیوست: {title}",
    "این پیوستِ نامهٔ مشترک «{subject}» به تاریخ {date} خطاب به {addressee} است که در {sent} فرستاده شد.",
    "این پیوستِ نامهٔ مشترک «{subject}» خطاب به {addressee} است که در {sent} فرستاده شد.",
    "متن نامه و امضاکنندگان آن تغییری نکرده\u200cاند. اثر انگشت\u200cهای آن (SHA-256):",
    "از آن زمان این نهادها نیز نامه را امضا کرده\u200cاند:",
    "آیا این نامه اصل است؟",
    "نامه به {addressee}",
  ],
  ru: [
    "Дополнение: {title}",
    "Это дополнение к совместному письму «{subject}» от {date}, адресованному: {addressee}, и отправленному {sent}.",
    "Это дополнение к совместному письму «{subject}», адресованному: {addressee}, и отправленному {sent}.",
    "Текст письма и подписавшие его не изменились. Его отпечатки (SHA-256):",
    "С тех пор письмо подписали также:",
    "Подлинное ли это письмо?",
    "Письмо: {addressee}",
  ],
  km: [
    "ឧបសម្ព័ន្ធ៖ {title}",
    "នេះជាឧបសម្ព័ន្ធនៃលិខិតរួម «{subject}» ចុះថ្ងៃទី {date} ជូន {addressee} ដែលបានផ្ញើនៅថ្ងៃទី {sent}។",
    "នេះជាឧបសម្ព័ន្ធនៃលិខិតរួម «{subject}» ជូន {addressee} ដែលបានផ្ញើនៅថ្ងៃទី {sent}។",
    "អត្ថបទនៃលិខិត និងហត្ថលេខីរបស់វាមិនមានការផ្លាស់ប្តូរទេ។ ស្នាមសម្គាល់ (SHA-256) របស់វាគឺ៖",
    "ចាប់តាំងពីពេលនោះមក លិខិតនេះក៏ត្រូវបានចុះហត្ថលេខាដោយ៖",
    "តើលិខិតនេះពិតប្រាកដឬទេ?",
    "លិខិតជូន {addressee}",
  ],
  my: [
    "နောက်ဆက်တွဲ - {title}",
    "ဤသည်မှာ {addressee} ထံသို့ {date} ရက်စွဲဖြင့် ရေးသားပြီး {sent} တွင် ပေးပို့ခဲ့သော ပူးတွဲစာ “{subject}” ၏ နောက်ဆက်တွဲဖြစ်သည်။",
    "ဤသည်မှာ {addressee} ထံသို့ {sent} တွင် ပေးပို့ခဲ့သော ပူးတွဲစာ “{subject}” ၏ နောက်ဆက်တွဲဖြစ်သည်။",
    "စာ၏ စာသားနှင့် လက်မှတ်ရေးထိုးသူများ ပြောင်းလဲခြင်းမရှိပါ။ ၎င်း၏ လက်ဗွေများ (SHA-256) မှာ -",
    "ထိုအချိန်မှစ၍ အောက်ပါတို့ကလည်း စာကို လက်မှတ်ရေးထိုးခဲ့ကြသည် -",
    "ဤစာသည် စစ်မှန်ပါသလား။",
    "ပေးစာ {addressee}",
  ],
  th: [
    "ภาคผนวก: {title}",
    "เอกสารนี้เป็นภาคผนวกของจดหมายร่วม “{subject}” ลงวันที่ {date} ถึง {addressee} ซึ่งส่งเมื่อวันที่ {sent}",
    "เอกสารนี้เป็นภาคผนวกของจดหมายร่วม “{subject}” ถึง {addressee} ซึ่งส่งเมื่อวันที่ {sent}",
    "ข้อความของจดหมายและผู้ลงนามไม่มีการเปลี่ยนแปลง ลายนิ้วมือดิจิทัล (SHA-256) ของจดหมายคือ:",
    "นับแต่นั้นมีผู้ลงนามในจดหมายเพิ่มเติมดังนี้:",
    "จดหมายนี้เป็นของจริงหรือไม่",
    "จดหมายถึง {addressee}",
  ],
  zh: [
    "附录：{title}",
    "本文件是{date}致{addressee}的联名信“{subject}”的附录，该信已于{sent}发出。",
    "本文件是致{addressee}的联名信“{subject}”的附录，该信已于{sent}发出。",
    "信函的正文和署名方均未改变。其指纹（SHA-256）为：",
    "此后，以下各方也签署了该信：",
    "此信是否真实？",
    "致 {addressee}",
  ],
}));
const MASKED = /[!-/:-@[-`{-~]/g;
const ASKED_AT = new RegExp(`([^${SPACE}]{1,300}/genuine) · `, "u");

/** Every document of the addendum, as often as it was made, by its name in the evidence: each with its entry. */
function addendum_documents(replay) {
  return new Map(replay.afterwards.every.map(([made, sha, kind]) => [`${sha}.${kind}`, made]));
}

/**
 * The text of an addendum, as that of a letter.
 *
 * `text` is that of the letter that it belongs to, `letter` what its own document's entry says, `code` by what it is
 * asked for, `said` what the addendum says: the days in it, and where one can ask, are taken from there. That of the
 * letter must be one of `dates`, as the letter bears them, where those are known.
 */
function addendum_as_letter(text, addressee, letter, code, said, dates) {
  const words = ADDENDUM_PHRASES.get(spoken(text)) ?? ADDENDUM_PHRASES.get("en");
  const [subject, , , unchanged, since, genuine, without_subject] = words;
  let title = strip(cleaned(truth(text.get("subject")) ? str(text.get("subject")) : ""));
  if (!title) title = strip(_filled_in(without_subject, { addressee }));
  const prints = [["Word", "docx"], ["PDF", "pdf"]]
    .filter(([, kind]) => truth(letter.get(kind)))
    .map(([name, kind]) => `${name}: ${str(letter.get(kind))}`);
  const at = said.map((line) => ASKED_AT.exec(line)).find((found) => found !== null)?.[1] ?? "…";
  const shown_code = [code.slice(0, 4), code.slice(4, 8), code.slice(8)].filter((part) => part).join("-");
  const asked = code ? [`${genuine} ${at} · ${shown_code}`] : [];
  const paragraphs = [unchanged, ...prints, ...asked, since];
  return new Map([
    ...text,
    ["subject", _filled_in(subject, { title })],
    ["salutation", _about_letter(words, title, addressee, spoken(text), said, dates)],
    ["body", paragraphs.map((line) => line.replace(MASKED, "\\$&")).join("\n\n")],
    ["closing", ""],
  ]);
}

function _filled_in(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** What it says of the letter, with the days that the addendum has there: they must be days. */
function _about_letter([, dated, undated], title, addressee, language, said, dates) {
  for (const sentence of [dated, undated]) {
    const form = _form_of(sentence, title, addressee);
    for (const line of said) {
      const days = full_match(form, line)?.groups;
      if (days === undefined) continue;
      const is_its = !dates.length || dates.some((date) => date.endsWith(days.date ?? ""));
      if (is_its && Object.values(days).every((day) => is_date(day, language))) return line;
    }
  }
  return _filled_in(dated, { subject: title, addressee, date: "…", sent: "…" });
}

function _form_of(sentence, title, addressee) {
  const day = "[^\\n\\x01]{1,48}";
  const values = { subject: escaped(title), addressee: escaped(addressee), date: `(?<date>${day})`, sent: `(?<sent>${day})` };
  const parts = sentence.split(/\{(\w+)\}/);
  return new RegExp(parts.map((part, number) => (number % 2 ? values[part] : escaped(part))).join(""), "u");
}
