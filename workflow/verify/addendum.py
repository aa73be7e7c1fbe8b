"""The addendum as the letter of its own that it is: what it must say of the letter that it belongs to."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from workflow.verify.dates import is_date
from workflow.verify.entries import Entry
from workflow.verify.names import cleaned, spoken
from workflow.verify.replay import Replay


class AddendumPhrases(NamedTuple):
    """The sentences of an addendum in one language."""

    subject: str
    dated: str
    undated: str
    """The same of a letter that bears no date."""
    unchanged: str
    since: str
    genuine: str
    without_subject: str
    """What a letter is called that has none."""


_ADDENDUM_PHRASES = {
    "en": (
        "Addendum: {title}",
        "This is an addendum to the joint letter “{subject}” of {date} to {addressee}, sent on {sent}.",
        "This is an addendum to the joint letter “{subject}” to {addressee}, sent on {sent}.",
        "The text of the letter and its signatories are unchanged. Its fingerprints (SHA-256) are:",
        "Since then the letter has also been signed by:",
        "Is this letter genuine?",
        "Letter to {addressee}",
    ),
    "fr": (
        "Additif : {title}",
        "Ceci est un additif à la lettre commune « {subject} » du {date} adressée à {addressee} et envoyée le {sent}.",
        "Ceci est un additif à la lettre commune « {subject} » adressée à {addressee} et envoyée le {sent}.",
        "Le texte de la lettre et ses signataires restent inchangés. Ses empreintes (SHA-256) sont :",
        "Depuis, la lettre a aussi été signée par :",
        "Cette lettre est-elle authentique\xa0?",
        "Lettre à {addressee}",
    ),
    "es": (
        "Adenda: {title}",
        "Esta es una adenda a la carta conjunta «{subject}» del {date} dirigida a {addressee} y enviada el {sent}.",
        "Esta es una adenda a la carta conjunta «{subject}» dirigida a {addressee} y enviada el {sent}.",
        "El texto de la carta y sus firmantes no han cambiado. Sus huellas (SHA-256) son:",
        "Desde entonces también han firmado la carta:",
        "¿Es auténtica esta carta?",
        "Carta a {addressee}",
    ),
    "pt": (
        "Adenda: {title}",
        "Esta é uma adenda à carta conjunta “{subject}”, de {date}, dirigida a {addressee} e enviada em {sent}.",
        "Esta é uma adenda à carta conjunta “{subject}” dirigida a {addressee} e enviada em {sent}.",
        "O texto da carta e os seus signatários não mudaram. As suas impressões digitais (SHA-256) são:",
        "Desde então, a carta foi também assinada por:",
        "Esta carta é autêntica?",
        "Carta a {addressee}",
    ),
    "ar": (
        "ملحق: {title}",
        "هذا ملحق بالرسالة المشتركة «{subject}» المؤرخة {date} والموجهة إلى {addressee}، والتي أُرسلت في {sent}.",
        "هذا ملحق بالرسالة المشتركة «{subject}» الموجهة إلى {addressee}، والتي أُرسلت في {sent}.",
        "نص الرسالة والموقعون عليها دون تغيير. بصماتها (SHA-256) هي:",
        "ومنذ ذلك الحين وقّعت الرسالةَ أيضًا الجهات التالية:",
        "هل هذه الرسالة أصلية؟",
        "رسالة إلى {addressee}",
    ),
    "fa": (
        "پیوست: {title}",
        "این پیوستِ نامهٔ مشترک «{subject}» به تاریخ {date} خطاب به {addressee} است که در {sent} فرستاده شد.",
        "این پیوستِ نامهٔ مشترک «{subject}» خطاب به {addressee} است که در {sent} فرستاده شد.",
        "متن نامه و امضاکنندگان آن تغییری نکرده\u200cاند. اثر انگشت\u200cهای آن (SHA-256):",
        "از آن زمان این نهادها نیز نامه را امضا کرده\u200cاند:",
        "آیا این نامه اصل است؟",
        "نامه به {addressee}",
    ),
    "ru": (
        "Дополнение: {title}",
        "Это дополнение к совместному письму «{subject}» от {date}, адресованному: {addressee}, "
        "и отправленному {sent}.",
        "Это дополнение к совместному письму «{subject}», адресованному: {addressee}, и отправленному {sent}.",
        "Текст письма и подписавшие его не изменились. Его отпечатки (SHA-256):",
        "С тех пор письмо подписали также:",
        "Подлинное ли это письмо?",
        "Письмо: {addressee}",
    ),
    "km": (
        "ឧបសម្ព័ន្ធ៖ {title}",
        "នេះជាឧបសម្ព័ន្ធនៃលិខិតរួម «{subject}» ចុះថ្ងៃទី {date} ជូន {addressee} ដែលបានផ្ញើនៅថ្ងៃទី {sent}។",
        "នេះជាឧបសម្ព័ន្ធនៃលិខិតរួម «{subject}» ជូន {addressee} ដែលបានផ្ញើនៅថ្ងៃទី {sent}។",
        "អត្ថបទនៃលិខិត និងហត្ថលេខីរបស់វាមិនមានការផ្លាស់ប្តូរទេ។ ស្នាមសម្គាល់ (SHA-256) របស់វាគឺ៖",
        "ចាប់តាំងពីពេលនោះមក លិខិតនេះក៏ត្រូវបានចុះហត្ថលេខាដោយ៖",
        "តើលិខិតនេះពិតប្រាកដឬទេ?",
        "លិខិតជូន {addressee}",
    ),
    "my": (
        "နောက်ဆက်တွဲ - {title}",
        "ဤသည်မှာ {addressee} ထံသို့ {date} ရက်စွဲဖြင့် ရေးသားပြီး {sent} တွင် ပေးပို့ခဲ့သော ပူးတွဲစာ “{subject}” ၏ နောက်ဆက်တွဲဖြစ်သည်။",
        "ဤသည်မှာ {addressee} ထံသို့ {sent} တွင် ပေးပို့ခဲ့သော ပူးတွဲစာ “{subject}” ၏ နောက်ဆက်တွဲဖြစ်သည်။",
        "စာ၏ စာသားနှင့် လက်မှတ်ရေးထိုးသူများ ပြောင်းလဲခြင်းမရှိပါ။ ၎င်း၏ လက်ဗွေများ (SHA-256) မှာ -",
        "ထိုအချိန်မှစ၍ အောက်ပါတို့ကလည်း စာကို လက်မှတ်ရေးထိုးခဲ့ကြသည် -",
        "ဤစာသည် စစ်မှန်ပါသလား။",
        "ပေးစာ {addressee}",
    ),
    "th": (
        "ภาคผนวก: {title}",
        "เอกสารนี้เป็นภาคผนวกของจดหมายร่วม “{subject}” ลงวันที่ {date} ถึง {addressee} ซึ่งส่งเมื่อวันที่ {sent}",
        "เอกสารนี้เป็นภาคผนวกของจดหมายร่วม “{subject}” ถึง {addressee} ซึ่งส่งเมื่อวันที่ {sent}",
        "ข้อความของจดหมายและผู้ลงนามไม่มีการเปลี่ยนแปลง ลายนิ้วมือดิจิทัล (SHA-256) ของจดหมายคือ:",
        "นับแต่นั้นมีผู้ลงนามในจดหมายเพิ่มเติมดังนี้:",
        "จดหมายนี้เป็นของจริงหรือไม่",
        "จดหมายถึง {addressee}",
    ),
    "zh": (
        "附录：{title}",
        "本文件是{date}致{addressee}的联名信“{subject}”的附录，该信已于{sent}发出。",
        "本文件是致{addressee}的联名信“{subject}”的附录，该信已于{sent}发出。",
        "信函的正文和署名方均未改变。其指纹（SHA-256）为：",
        "此后，以下各方也签署了该信：",
        "此信是否真实？",
        "致 {addressee}",
    ),
}
ADDENDUM_PHRASES = {language: AddendumPhrases(*said) for language, said in _ADDENDUM_PHRASES.items()}
_MASKED = {ord(sign): f"\\{sign}" for sign in string.punctuation}
ASKED_AT = re.compile(r"(\S{1,300}/genuine) · ")


def addendum_documents(replay: Replay) -> dict[str, Entry]:
    """Return the documents of the addendum, as often as it was made, by their names in the evidence, with its entry."""
    return {f"{sha256}.{kind}": made for made, sha256, kind in replay.afterwards.every}


def addendum_as_letter(
    text: Mapping[str, Any],
    addressee: str,
    letter: Mapping[str, Any],
    code: str,
    said: Sequence[str],
    dates: Sequence[str],
) -> dict[str, Any]:
    """
    Return the text of an addendum, as that of a letter.

    `text` is that of the letter that it belongs to, `letter` what its own document's entry says, `code` by what it is
    asked for, `said` what the addendum says: the days in it, and where one can ask, are taken from there. That of the
    letter must be one of `dates`, as the letter bears them, where those are known.
    """
    words = ADDENDUM_PHRASES.get(spoken(text), ADDENDUM_PHRASES["en"])
    title = cleaned(str(text.get("subject") or "")).strip()
    title = title or words.without_subject.format(addressee=addressee).strip()
    prints = [f"{name}: {letter[kind]}" for name, kind in (("Word", "docx"), ("PDF", "pdf")) if letter.get(kind)]
    at = next((found[1] for found in map(ASKED_AT.search, said) if found), "…")
    shown = "-".join(part for part in (code[:4], code[4:8], code[8:]) if part)
    asked = [f"{words.genuine} {at} · {shown}"] if code else []
    paragraphs = [words.unchanged, *prints, *asked, words.since]
    return {
        **text,
        "subject": words.subject.format(title=title),
        "salutation": _about(words, title, addressee, spoken(text), said, dates),
        "body": "\n\n".join(line.translate(_MASKED) for line in paragraphs),
        "closing": "",
    }


def _about(
    words: AddendumPhrases, title: str, addressee: str, language: str, said: Sequence[str], dates: Sequence[str]
) -> str:
    """What it says of the letter, with the days that the addendum has there: they must be days."""
    for sentence in (words.dated, words.undated):
        form = _form_of(sentence, title, addressee)
        for line in said:
            found = form.fullmatch(line)
            days = found.groupdict() if found else {}
            is_its = not dates or any(date.endswith(days.get("date", "")) for date in dates)
            if days and is_its and all(is_date(day, language) for day in days.values()):
                return line
    return words.dated.format(subject=title, addressee=addressee, date="…", sent="…")


def _form_of(sentence: str, title: str, addressee: str) -> re.Pattern[str]:
    day = "[^\n\x01]{1,48}"
    filled_in = {"subject": re.escape(title), "addressee": re.escape(addressee)}
    filled_in.update(date=f"(?P<date>{day})", sent=f"(?P<sent>{day})")
    parts = re.split(r"\{(\w+)\}", sentence)
    return re.compile("".join(filled_in[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)))
