// --- dates: the date that a letter bears, and the place before it: nobody has signed them, so they must be just that

/** The words of dates, as Unicode's CLDR has them; in other languages five words are taken for a date. */
const WORDS_OF_DATES = new Map(Object.entries({
  en: "January February March April May June July August September October November December",
  fr: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
  es: "de enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
  pt: "de janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
  ar: "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
  fa: "ژانویهٔ فوریهٔ مارس آوریل مهٔ ژوئن ژوئیهٔ اوت سپتامبر اکتبر نوامبر دسامبر",
  ru: "января г. февраля марта апреля мая июня июля августа сентября октября ноября декабря",
  km: "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
  my: "ဇန်နဝါရီ ဖေဖော်ဝါရီ မတ် ဧပြီ မေ ဇွန် ဇူလိုင် ဩဂုတ် စက်တင်ဘာ အောက်တိုဘာ နိုဝင်ဘာ ဒီဇင်ဘာ",
  th: "มกราคม ค.ศ. กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
  de: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
  it: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
  nl: "januari februari maart april mei juni juli augustus september oktober november december",
}));
/** Words of dates that name no month. */
const JOINING = ["de", "г.", "ค.ศ."];
const [LONGEST_DATE, MOST_WORDS] = [48, 5];
const LONGEST_PLACE = 60;
/** What stands between the place and the date. */
const JOINED_TO_PLACE = [", le ", "، ", ", "];
const NUMBER = /^\p{Nd}{1,4}(?:er|\.|,)?$/u;
const CHINESE = /^\p{Nd}{4}年\p{Nd}{1,2}月\p{Nd}{1,2}日$/u;
const ISO_DATE = /^\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}$/u;

/** Whether words are a date in this language. */
function is_date(words, language) {
  if (ISO_DATE.test(words) || CHINESE.test(words)) return true;
  const parts = split_words(words);
  const numbers = parts.filter((part) => NUMBER.test(part));
  const others = parts.filter((part) => !NUMBER.test(part));
  if (WORDS_OF_DATES.has(language)) {
    const known = WORDS_OF_DATES.get(language).split(" ");
    const months = others.filter((part) => !JOINING.includes(part));
    const one = months.length === 1 && others.every((part) => known.includes(part));
    return one && numbers.length === 2 && parts.length <= MOST_WORDS;
  }
  return length_of(words) <= LONGEST_DATE && parts.length <= MOST_WORDS && /\p{Nd}/u.test(words);
}

/** Whether words are a date, behind the place that the record names for it. */
function is_dateline(words, language, place) {
  if (!place || length_of(place) > LONGEST_PLACE) return is_date(words, language);
  return JOINED_TO_PLACE.some(
    (mark) => words.startsWith(place + mark) && is_date(words.slice((place + mark).length), language),
  );
}
