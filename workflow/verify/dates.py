"""The date that a letter bears, and the place before it: nobody has signed them, so they must be just that."""

from __future__ import annotations

import re

WORDS_OF_DATES = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "de enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "de janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "fa": "ژانویهٔ فوریهٔ مارس آوریل مهٔ ژوئن ژوئیهٔ اوت سپتامبر اکتبر نوامبر دسامبر",
    "ru": "января г. февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "km": "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
    "my": "ဇန်နဝါရီ ဖေဖော်ဝါရီ မတ် ဧပြီ မေ ဇွန် ဇူလိုင် ဩဂုတ် စက်တင်ဘာ အောက်တိုဘာ နိုဝင်ဘာ ဒီဇင်ဘာ",
    "th": "มกราคม ค.ศ. กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}  # fmt: skip
"""The words of dates, as Unicode's CLDR has them; in other languages five words are taken for a date."""
JOINING = ("de", "г.", "ค.ศ.")
"""Words of dates that name no month."""
LONGEST_DATE, MOST_WORDS = 48, 5
LONGEST_PLACE = 60
JOINED_TO_PLACE = (", le ", "، ", ", ")
"""What stands between the place and the date."""
NUMBER = re.compile(r"\d{1,4}(?:er|\.|,)?")
CHINESE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_date(words: str, language: str) -> bool:
    """Whether words are a date in this language."""
    if ISO_DATE.fullmatch(words) or CHINESE.fullmatch(words):
        return True
    parts = words.split()
    numbers = [part for part in parts if NUMBER.fullmatch(part)]
    others = [part for part in parts if not NUMBER.fullmatch(part)]
    if language in WORDS_OF_DATES:
        known = WORDS_OF_DATES[language].split()
        months = [part for part in others if part not in JOINING]
        one = len(months) == 1 and all(part in known for part in others)
        return one and len(numbers) == 2 and len(parts) <= MOST_WORDS
    return len(words) <= LONGEST_DATE and len(parts) <= MOST_WORDS and bool(re.search(r"\d", words))


def is_dateline(words: str, language: str, place: str) -> bool:
    """Whether words are a date, behind the place that the record names for it."""
    if not place or len(place) > LONGEST_PLACE:
        return is_date(words, language)
    behind = (words[len(place + mark) :] for mark in JOINED_TO_PLACE if words.startswith(place + mark))
    return any(is_date(date, language) for date in behind)
