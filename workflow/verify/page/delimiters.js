// --- delimiters: which marks of emphasis belong together, and what they do (CommonMark 0.31, appendix)

/** Find for each closing mark of emphasis the one that opened it. */
function match_delimiters(delimiters, spend) {
  const bottoms = new Map();
  const jumps = [];
  let [head, last_token] = [0, -2];
  for (const [number, closer] of delimiters.entries()) {
    jumps.push(0);
    if (delimiters[head].marker !== closer.marker || last_token !== closer.token - 1) head = number;
    last_token = closer.token;
    if (!closer.close) continue;
    if (!bottoms.has(closer.marker)) bottoms.set(closer.marker, new Array(6).fill(-1));
    const lowest = bottoms.get(closer.marker);
    const place = (closer.open ? 3 : 0) + (closer.length % 3);
    let opening = head - jumps[head] - 1;
    let new_lowest = opening;
    while (opening > lowest[place]) {
      spend(1);
      const opener = delimiters[opening];
      if (opener.marker === closer.marker && opener.open && opener.end < 0 && !_is_odd(opener, closer)) {
        const jump = opening > 0 && !delimiters[opening - 1].open ? jumps[opening - 1] + 1 : 0;
        [jumps[number], jumps[opening]] = [number - opening + jump, jump];
        [closer.open, opener.end, opener.close] = [false, number, false];
        [new_lowest, last_token] = [-1, -2];
        break;
      }
      opening -= jumps[opening] + 1;
    }
    if (new_lowest !== -1) lowest[(closer.open ? 3 : 0) + (closer.length % 3)] = new_lowest;
  }
}

/** The rule of three. */
function _is_odd(opener, closer) {
  const both = opener.close || closer.open;
  return both && (opener.length + closer.length) % 3 === 0 && Boolean(opener.length % 3 || closer.length % 3);
}

/** What each mark does that is not printed, by its piece: of two that make words bold, the outer one nothing. */
function used_delimiters(delimiters) {
  const found = new Map();
  let number = delimiters.length - 1;
  while (number >= 0) {
    const [opener, outer] = [delimiters[number], delimiters[number - 1] ?? null];
    number--;
    if (opener.end < 0) continue;
    const closer = delimiters[opener.end];
    const pair =
      outer !== null && outer.marker === opener.marker && outer.token === opener.token - 1 && outer.end === opener.end + 1;
    if (pair && delimiters[outer.end].token === closer.token + 1) {
      found.set(opener.token, "bold").set(closer.token, "bold_end");
      found.set(outer.token, "text").set(closer.token + 1, "text");
      number--;
    } else found.set(opener.token, "italic").set(closer.token, "italic_end");
  }
  return found;
}
