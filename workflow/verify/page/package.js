// --- package: a Word document as a package (ECMA-376 part 2): its parts, what they refer to, whether Word opens them

const WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}";
const OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}";
const DOCUMENT = "word/document.xml";
const [LARGEST_PART, ALL_PARTS] = [32 * MEGABYTE, 96 * MEGABYTE];
const MOST_PARTS = 1000;
/** How many pointed brackets a part may hold: 5,000 signatories take a tenth of it. */
const MOST_MARKS = 3_000_000;
const KINDS = [
  "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
  "http://schemas.openxmlformats.org/package/2006/relationships/metadata/",
  "http://purl.oclc.org/ooxml/officeDocument/relationships/",
];
/** What parts of a letter refer to; whatever else Word would open is named. */
const KNOWN = [
  "styles", "settings", "theme", "fontTable", "numbering", "header", "footer", "image", "hyperlink", "footnotes",
  "webSettings",
];

/** The parts of a Word document; `wrong` says what makes it another document than it seems, `odd` what to see. */
class Package {
  constructor(parts) {
    this.parts = parts;
    this.wrong = [];
    this.odd = [];
    /** The styles in which the marks of footnotes are set. */
    this.raised = new Set();
    this.kept = new Map();
  }

  /** What a part refers to, by id: of which kind, and where. Throws VerificationError. */
  relations(part) {
    if (!this.kept.has(part)) this.kept.set(part, this._relations(part));
    return this.kept.get(part);
  }

  _relations(part) {
    const at = part.lastIndexOf("/") + 1;
    const head = part.slice(0, at);
    const folder = /[^/]/.test(head) ? rstrip(head, "/") : head;
    const content = this.parts.get(path_joined(folder, "_rels", `${part.slice(at)}.rels`));
    const found = new Map();
    for (const one of content !== undefined ? parsed(content).iter() : []) {
      if (!one.get("Id")) continue;
      const external = one.get("TargetMode") === "External";
      let target = one.get("Target");
      if (!external) target = lstrip(path_normal(path_joined("/", folder, target)), "/");
      if (found.has(one.get("Id"))) {
        throw new VerificationError("is not a Word document that can be read: it refers to two things by one name");
      }
      found.set(one.get("Id"), { kind: _kind(one.get("Type")), target, external });
    }
    return found;
  }

  /** The root of the one part of a kind that the document refers to. Throws VerificationError. */
  of_kind(kind) {
    const content = this.content(kind);
    return content !== null ? parsed(content) : null;
  }

  /** The one part of a kind that the document refers to. Throws VerificationError. */
  content(kind) {
    const found = [...this.relations(DOCUMENT).values()].filter((one) => one.kind === kind);
    if (found.length > 1) {
      throw new VerificationError(`is not a Word document that can be read: it has ${found.length} parts of ${kind}`);
    }
    return found.length && !found[0].external ? (this.parts.get(found[0].target) ?? null) : null;
  }

  /** The SHA-256 of a picture that a part refers to; empty where it is elsewhere. */
  picture(part, name) {
    const relation = this.relations(part).get(name);
    if (relation === undefined || relation.external || relation.kind !== "image") return "";
    return sha256_hex(this.parts.get(relation.target) ?? new Uint8Array());
  }
}

/** Paths as POSIX has them: a later one that is absolute takes the place of what is before it. */
function path_joined(first, ...rest) {
  let path = first;
  for (const part of rest) {
    if (part.startsWith("/")) path = part;
    else path += !path || path.endsWith("/") ? part : `/${part}`;
  }
  return path;
}

function path_normal(path) {
  const slashes = path.startsWith("//") && !path.startsWith("///") ? "//" : path.startsWith("/") ? "/" : "";
  const kept = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (!slashes && !kept.length) || kept[kept.length - 1] === "..") kept.push(part);
    else kept.pop();
  }
  return slashes + kept.join("/") || ".";
}

/** What a relation is of; the whole name where Word does not know it, for it would look for another. */
function _kind(named) {
  const known = KINDS.find((kinds) => named.startsWith(kinds));
  return known === undefined ? named : named.slice(known.length);
}

/** Unpack a Word document and look at what it refers to. Throws VerificationError. */
function opened(content) {
  const package_read = new Package(_unpacked(content));
  _check_opens(package_read);
  for (const part of package_read.parts.keys()) {
    if (part.endsWith(".rels")) continue;
    for (const relation of package_read.relations(part).values()) _check_relation(package_read, part, relation);
  }
  return package_read;
}

function _unpacked(content) {
  try {
    const archive = new Archive(content);
    const members = new Map(archive.members.map((member) => [casefold(member.filename), member]));
    const names_there = new Set([...members.values()].map((member) => member.filename));
    const whole = members.size === archive.members.length && members.size <= MOST_PARTS;
    if (!whole || !names_there.has("_rels/.rels") || !names_there.has(DOCUMENT)) {
      throw new VerificationError("is not a Word document that can be read: a part is missing, or there twice");
    }
    const parts = new Map();
    let left = ALL_PARTS;
    for (const member of members.values()) {
      parts.set(member.filename, unpacked(archive, member, Math.min(LARGEST_PART, left)));
      left -= parts.get(member.filename).length;
    }
    return parts;
  } catch (error) {
    if (error instanceof InputError) {
      throw new VerificationError(`is not a Word document that can be read (${error.message})`);
    }
    if (!(error instanceof BadZipFile)) throw error;
    throw new VerificationError("is not a Word document that can be read: it is no zip file, or a damaged one");
  }
}

/** Make sure that Word opens the part that is read here: a package may name another as its document. */
function _check_opens(package_read) {
  const roots_there = [...package_read.relations("").values()];
  const documents = roots_there.filter((one) => one.kind === "officeDocument").map((one) => one.target);
  if (documents.length !== 1 || documents[0] !== DOCUMENT) {
    throw new VerificationError("is not a Word document that can be read: Word would open another part of it");
  }
  for (const one of roots_there) {
    if (!["officeDocument", "core-properties", "extended-properties", "thumbnail"].includes(one.kind)) {
      package_read.odd.push(`a part of the kind ${one.kind}`);
    }
  }
}

function _check_relation(package_read, part, relation) {
  if (relation.kind === "font") package_read.odd.push("an embedded font, which may draw other letters");
  else if (!KNOWN.includes(relation.kind)) {
    package_read.wrong.push(`refers to a part of the kind ${repr(relation.kind)}, which Word would show or run`);
  } else if (relation.external && relation.kind !== "hyperlink") {
    package_read.wrong.push(`loads its ${relation.kind} from elsewhere (${first_of(relation.target, 200)})`);
  } else if (!relation.external && !package_read.parts.has(relation.target)) {
    package_read.wrong.push(`lacks its part ${relation.target}`);
  }
}

/** Parse a part. Throws VerificationError. */
function parsed(xml) {
  const text = decoded(xml);
  if (text.includes("<!DOCTYPE") || text.includes("\0")) {
    throw new VerificationError(
      "is not a Word document that can be read: it declares a document type, or is not UTF-8",
    );
  }
  if (count_of(text, "<") > MOST_MARKS) throw new VerificationError("has a part with more in it than any letter");
  try {
    if (text.includes("\ufffd") && strictly_decoded(xml) === null) throw new XmlError("it is no UTF-8");
    return parse_xml(text);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new VerificationError("is not a Word document that can be read: a part of it is no XML in UTF-8");
  }
}

/** An element's name: WordprocessingML's own bare, others with their namespace. */
function local(element) {
  return element.tag.startsWith(WORD) ? element.tag.slice(WORD.length) : element.tag;
}

/** An attribute of WordprocessingML; empty where there is none. */
function said(element, name = "val") {
  return element ? element.get(WORD + name) : "";
}

/** Whether a switch is there and on. */
function is_on(element) {
  return Boolean(element) && !["0", "false", "off", "none"].includes(casefold(said(element)));
}
