// --- zip: archives as Python's zipfile reads them, and DEFLATE (RFC 1951) as zlib does

/** An archive that is none, or is damaged. */
class BadZipFile extends Error {}

const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±÷≥≤⌠⌡°∙·√ⁿ²■\u00a0";
const [ZIP_STORED, ZIP_DEFLATED] = [0, 8];
const NEWEST_ZIP = 63;

/** The members of an archive in the order of its directory. Throws BadZipFile. */
class Archive {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.members = this._directory();
  }

  _signed(at, sign) {
    return at >= 0 && at + 4 <= this.bytes.length && this.view.getUint32(at, true) === sign;
  }

  /** Where the record at the end stands, as zipfile looks for it. */
  _end() {
    const length = this.bytes.length;
    if (length < 22) throw new BadZipFile("it is too short");
    if (this._signed(length - 22, 0x06054b50) && this.view.getUint16(length - 2, true) === 0) return length - 22;
    for (let at = length - 4; at >= Math.max(length - 65536 - 22, 0); at--) {
      if (this._signed(at, 0x06054b50)) {
        if (at + 22 > length) break;
        return at;
      }
    }
    throw new BadZipFile("it has no end");
  }

  _directory() {
    const { view, bytes } = this;
    const end = this._end();
    let [size, offset] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
    let before = end - size - offset;
    if (this._signed(end - 20, 0x07064b50)) {
      if (view.getUint32(end - 16, true) !== 0 || view.getUint32(end - 4, true) > 1) {
        throw new BadZipFile("it spans several disks");
      }
      if (this._signed(end - 76, 0x06064b50)) {
        size = Number(view.getBigUint64(end - 76 + 40, true));
        offset = Number(view.getBigUint64(end - 76 + 48, true));
        before = end - size - offset - 76;
      }
    }
    let at = offset + before;
    if (at < 0 || at > bytes.length) throw new BadZipFile("its directory is elsewhere");
    const [begin, last] = [at, Math.min(bytes.length, at + size)];
    const members = [];
    while (at - begin < size) {
      if (at + 46 > last || !this._signed(at, 0x02014b50)) throw new BadZipFile("its directory is damaged");
      const [named, more, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
      const name = bytes.subarray(at + 46, Math.min(last, at + 46 + named));
      const extra = bytes.subarray(Math.min(last, at + 46 + named), Math.min(last, at + 46 + named + more));
      const member = {
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        begin: view.getUint32(at + 42, true),
      };
      if (view.getUint8(at + 6) > NEWEST_ZIP) throw new BadZipFile("it is of a newer version");
      member.original = name_in_zip(name, member.flags);
      member.filename = partition(member.original, "\0")[0];
      take_extra(member, extra);
      member.begin += before;
      members.push(member);
      at += 46 + named + more + comment;
    }
    return members;
  }

  /** The bytes of a member, at most so many; more are not unpacked. Throws BadZipFile. */
  read(member, most) {
    const { view, bytes } = this;
    const at = member.begin;
    if (at < 0 || at + 30 > bytes.length || !this._signed(at, 0x04034b50)) throw new BadZipFile("it is damaged");
    if (member.flags & 0x60) throw new BadZipFile("it is packed in a way that is not used here");
    const [named, more] = [view.getUint16(at + 26, true), view.getUint16(at + 28, true)];
    const name = name_in_zip(bytes.subarray(at + 30, Math.min(bytes.length, at + 30 + named)), member.flags);
    if (name !== member.original) throw new BadZipFile("it has two names for one file");
    const begin = Math.min(bytes.length, at + 30 + named + more);
    const packed = bytes.subarray(begin, begin + member.packed);
    const cut = packed.length < member.packed;
    let content;
    let ended = false;
    if (member.method === ZIP_STORED) content = packed.subarray(0, Math.min(member.size, most));
    else [content, ended] = inflated(packed, Math.min(member.size, most), most);
    if (content.length < Math.min(member.size, most) && cut && !ended) throw new BadZipFile("it is cut off");
    if (content.length < most && crc32(content) !== member.crc) throw new BadZipFile("it is damaged");
    return content;
  }
}

function name_in_zip(bytes, flags) {
  if (!(flags & 0x800)) return latin1(bytes).replace(/[\x80-\xff]/g, (c) => CP437[c.charCodeAt(0) - 128]);
  const name = strictly_decoded(bytes);
  if (name === null) throw new BadZipFile("a name in it is no text");
  return name;
}

/** Sizes and places beyond 4 GB stand in a field of their own. */
function take_extra(member, extra) {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length; ) {
    const [kind, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (at + 4 + length > extra.length) throw new BadZipFile("it is damaged");
    let next = at + 4;
    if (kind === 1) {
      for (const field of ["size", "packed", "begin"]) {
        if (member[field] === 0xffffffff) {
          if (next + 8 > at + 4 + length) throw new BadZipFile("it is damaged");
          member[field] = Number(view.getBigUint64(next, true));
          next += 8;
        }
      }
    }
    at += 4 + length;
  }
}

const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const MORE_LENGTH = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const MORE_DISTANCE = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const ORDER_OF_LENGTHS = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The codes of these lengths, as a table by their bits turned around; what zlib refuses is refused. */
function huffman(lengths, kind) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  let left = 1;
  let most = 0;
  for (let length = 1; length < 16; length++) {
    left = 2 * left - counts[length];
    if (left < 0) throw new BadZipFile("its codes are damaged");
    if (counts[length]) most = length;
  }
  if (left > 0 && most > 0 && (kind === "lengths" || most !== 1)) throw new BadZipFile("its codes are damaged");
  const table = new Int32Array(1 << most).fill(-1);
  const next = [];
  for (let length = 1, code = 0; length < 16; length++) {
    next[length] = code;
    code = (code + counts[length]) << 1;
  }
  lengths.forEach((length, symbol) => {
    if (!length) return;
    let turned = 0;
    for (let bit = 0, code = next[length]++; bit < length; bit++, code >>= 1) turned = (turned << 1) | (code & 1);
    for (let at = turned; at < table.length; at += 1 << length) table[at] = (length << 16) | symbol;
  });
  return { table, most };
}

const FIXED = [
  huffman(Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8)), "fixed"),
  huffman(new Array(32).fill(5), "fixed"),
];

/**
 * Unpack DEFLATE: the first `kept` bytes of at most `most`, and whether the stream came to its end.
 *
 * What is damaged within the first `most` bytes is refused, as zlib would; what is cut off gives what there is.
 */
function inflated(packed, kept, most) {
  let out = new Uint8Array(Math.min(most, Math.max(1024, kept, 4 * packed.length)) + 258);
  let [length, at, bits, held] = [0, 0, 0, 0];
  const CUT = {};
  const need = (count) => {
    while (held < count) {
      if (at >= packed.length) throw CUT;
      bits |= packed[at++] << held;
      held += 8;
    }
  };
  const take = (count) => {
    if (!count) return 0;
    need(count);
    const value = bits & ((1 << count) - 1);
    bits >>>= count;
    held -= count;
    return value;
  };
  const symbol = ({ table, most: longest }) => {
    for (;;) {
      const found = table[bits & ((1 << longest) - 1)];
      if (found >= 0 && found >> 16 <= held) {
        bits >>>= found >> 16;
        held -= found >> 16;
        return found & 0xffff;
      }
      if (found < 0 && held >= Math.max(1, longest)) throw new BadZipFile("its codes are damaged");
      need(held + 1);
    }
  };
  const room = (count) => {
    if (length + count <= out.length) return;
    const larger = new Uint8Array(Math.max(2 * out.length, length + count));
    larger.set(out.subarray(0, length));
    out = larger;
  };
  let ended = false;
  try {
    for (let last = 0; !last; ) {
      last = take(1);
      const kind = take(2);
      if (kind === 3) throw new BadZipFile("it has a block of no kind");
      if (kind === 0) {
        take(held & 7);
        const stated = take(16);
        if (stated !== (take(16) ^ 0xffff)) throw new BadZipFile("it has a block of two lengths");
        for (let copied = 0; copied < stated; copied++) {
          room(1);
          out[length++] = take(8);
          if (length >= most) return [out.subarray(0, kept), true];
        }
        continue;
      }
      const [letters, places] = kind === 1 ? FIXED : codes_of(take, symbol);
      for (;;) {
        const one = symbol(letters);
        if (one === 256) break;
        if (one < 256) {
          room(1);
          out[length++] = one;
        } else {
          if (one > 285) throw new BadZipFile("its codes are damaged");
          let copied = LENGTHS[one - 257] + take(MORE_LENGTH[one - 257]);
          const place = symbol(places);
          if (place > 29) throw new BadZipFile("its codes are damaged");
          const back = DISTANCES[place] + take(MORE_DISTANCE[place]);
          if (back > length) throw new BadZipFile("it repeats what was never there");
          room(copied);
          for (; copied; copied--, length++) out[length] = out[length - back];
        }
        if (length >= most) return [out.subarray(0, kept), true];
      }
    }
    ended = true;
  } catch (fault) {
    if (fault !== CUT) throw fault;
  }
  return [out.subarray(0, Math.min(length, kept)), ended];
}

/** The codes that a block brings along. */
function codes_of(take, symbol) {
  const [letters, places, given] = [take(5) + 257, take(5) + 1, take(4) + 4];
  if (letters > 286 || places > 30) throw new BadZipFile("it has too many codes");
  const of_lengths = new Array(19).fill(0);
  for (let number = 0; number < given; number++) of_lengths[ORDER_OF_LENGTHS[number]] = take(3);
  const code = huffman(of_lengths, "lengths");
  const lengths = [];
  while (lengths.length < letters + places) {
    const one = symbol(code);
    if (one < 16) {
      lengths.push(one);
      continue;
    }
    if (one === 16 && !lengths.length) throw new BadZipFile("its codes are damaged");
    const repeated = one === 16 ? lengths[lengths.length - 1] : 0;
    const times = one === 16 ? 3 + take(2) : one === 17 ? 3 + take(3) : 11 + take(7);
    if (lengths.length + times > letters + places) throw new BadZipFile("its codes are damaged");
    for (let number = 0; number < times; number++) lengths.push(repeated);
  }
  if (!lengths[256]) throw new BadZipFile("a block in it has no end");
  return [huffman(lengths.slice(0, letters), "letters"), huffman(lengths.slice(letters), "places")];
}
