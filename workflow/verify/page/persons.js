// --- persons: whether two names are one person's, and two addresses one mailbox: what is a correction, what somebody else

/** A word of so many letters may have one wrong, one of twice as many two, and none more. */
const LETTERS_TO_ONE_SLIP = 4;

const MOST_SLIPS = 2;
/** In words. */
const LONGEST_NAME = 12;

/** Two names of one domain, where a dot before the @ changes nothing. */
const WITHOUT_DOTS = ["gmail.com", "googlemail.com"];

/**
 * Whether two spellings are one name: slips of the pen, accents, initials, words added, left out or in another order.
 *
 * Every word of the shorter one has to be in the other, and one of them as it is.
 */
function same_person(before, after) {
  const [one, other] = [_words(before), _words(after)].sort((a, b) => a.length - b.length);
  if (!one.length || other.length > LONGEST_NAME) return false;
  const left = [...other];
  let equal_words = 0;
  const rest = [];
  for (const word of one) {
    if (left.includes(word)) {
      left.splice(left.indexOf(word), 1);
      equal_words++;
    } else rest.push(word);
  }
  for (const word of rest) {
    const near = [_is_slip, _is_initial].map((alike) => left.find((there) => alike(word, there)));
    const found = near[0] ?? near[1];
    if (found === undefined) return false;
    left.splice(left.indexOf(found), 1);
  }
  return equal_words > 0 || (one.length === 1 && other.length === 1 && !_is_initial(one[0], other[0]));
}

/** The words of a name, without case, accents and signs. */
function _words(name) {
  const apart = casefold(name).normalize("NFKD");
  let plain = "";
  for (const c of apart) plain += is_alnum(c) ? c : /^\p{M}$/u.test(c) ? "" : " ";
  return split_words(plain);
}

function _is_initial(one, other) {
  const [short, long] = length_of(one) <= length_of(other) ? [one, other] : [other, one];
  return length_of(short) === 1 && long.startsWith(short);
}

/** Whether a word is another but for as many letters as one of its length may have wrong. */
function _is_slip(word, other_word) {
  const [one, other] = [Array.from(word), Array.from(other_word)];
  const most = Math.min(MOST_SLIPS, Math.floor(Math.max(one.length, other.length) / LETTERS_TO_ONE_SLIP));
  if (Math.abs(one.length - other.length) > most) return false;
  let before = Array.from({ length: other.length + 1 }, (_, column) => column);
  one.forEach((letter, row) => {
    const now = [row + 1];
    other.forEach((there, column) => {
      now.push(Math.min(before[column + 1] + 1, now[column] + 1, before[column] + Number(letter !== there)));
    });
    before = now;
  });
  return before[before.length - 1] <= most;
}

/** Whether two addresses lead to one mailbox as far as can be told: whatever their case, and what follows a plus. */
function same_mailbox(one, other) {
  return equal(_mailbox(one), _mailbox(other));
}

function _mailbox(address) {
  const folded = casefold(address);
  const at = folded.lastIndexOf("@");
  const [local, domain] = [folded.slice(0, Math.max(at, 0)), folded.slice(at + 1)];
  const plain = local.split("+")[0] || local;
  return WITHOUT_DOTS.includes(domain) ? [plain.replaceAll(".", ""), WITHOUT_DOTS[0]] : [plain, domain];
}
