"""The documents: that they are those the log names, and say what was signed, for a reader to see, and nothing else."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflow.verify.addendum import addendum_as_letter, addendum_documents
from workflow.verify.bundle import Bundle
from workflow.verify.composing import Composed, Line, compose
from workflow.verify.emphasis import Emphasis
from workflow.verify.entries import Entry
from workflow.verify.expected import (
    MARK,
    MOST_SAID,
    Compared,
    Given,
    compare,
    exact,
    filled,
    items,
    missing_places,
    places,
    plain,
)
from workflow.verify.looks import Looks, set_anew, settings_faults, unknown
from workflow.verify.loose import compare_loosely
from workflow.verify.names import as_printed, cleaned, names
from workflow.verify.printing import BUILT_IN, Printing, Setting
from workflow.verify.replay import Replay
from workflow.verify.report import Report, VerificationError
from workflow.verify.word import Pages, Printed, read_pages

PAGE_NUMBER = ("\x01field begin\x02\x01field PAGE\x02", "\x01field begin\x02\x01field NUMPAGES\x02")
LONG_HEADING = 60
FOOTER_CODE = re.compile("(\\S{1,300}/genuine) · ([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{2})(?![0-9A-Za-z-])")
"""Where a footer says that one can ask whether the letter is genuine, and the code."""
LOOKS = ("styles", "theme", "fontTable", "settings")
"""The parts that decide on looks: a document has those of its letterhead, but for the language of what is printed."""
LANGUAGE = re.compile(rb"<w:rPrDefault>.*?</w:rPrDefault>", re.DOTALL)


def check_documents(
    bundle: Bundle, replay: Replay, printing: Printing, texts: Mapping[str, dict[str, Any]], report: Report
) -> None:
    """Check that the documents are those the log names, and say what was signed."""
    named: dict[str, Entry] = {}
    for rendered in replay.renderings:
        for kind in ("docx", "pdf"):
            if rendered.about.get(kind):
                named[f"{rendered.about[kind]}.{kind}"] = rendered
    named.update(addendum_documents(replay))
    for name, rendered in named.items():
        if name not in bundle.documents and (by := _erased_by(replay, name)):
            report.remarks.append(f"The document {name}, made in entry {rendered.seq}, was erased: entry {by}.")
        elif name not in bundle.documents:
            report.invalid.append(f"The document {name}, made in entry {rendered.seq}, is missing.")
    for name, content in sorted(bundle.documents.items()):
        if hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
            report.invalid.append(f"documents/{name} was changed: its bytes are not those of its name.")
        elif name not in named:
            report.invalid.append(f"documents/{name} is not a document of this letter: no entry names it.")
    reading = _Reading(bundle, replay, printing, texts, report)
    for rendered in replay.renderings:
        reading.check(rendered)
    reading.check_addendum()


def _erased_by(replay: Replay, name: str) -> int | None:
    """The entry that says that a document was erased."""
    erased = replay.erased
    by = erased.documents.get(name.partition(".")[0])
    return by if by is not None or erased.begun is None else erased.begun.seq


class _Reading:
    """Holds each document against what must be printed; texts and letterheads are read once."""

    def __init__(
        self, bundle: Bundle, replay: Replay, printing: Printing, texts: Mapping[str, dict[str, Any]], report: Report
    ) -> None:
        self.bundle, self.replay, self.printing, self.texts, self.report = bundle, replay, printing, texts, report
        self.bodies: dict[str, Composed] = {}
        self.letterheads: dict[str, Pages] = {}
        self.told: set[str] = set()
        self.dated: dict[str, list[str]] = {}
        _check_letterheads(bundle, printing, report)

    def check(self, rendered: Entry) -> None:
        """Check the Word document that an entry names."""
        name = f"{rendered.about['docx']}.docx"
        self.name = f"documents/{name}"
        self._check(name, rendered, rendered)

    def check_addendum(self) -> None:
        """Check the Word documents of the addendum as it was made last: each is a letter of its own."""
        made = self.replay.afterwards.made
        for one in made.about["documents"].values() if made is not None else ():
            name, letter = f"{one.get('docx')}.docx", one.get("letter")
            self.name = f"documents/{name}, the addendum,"
            of = next((rendered for rendered in self.replay.renderings if rendered.about["docx"] == letter), None)
            if of is None or letter not in self.replay.dispatched:
                self.report.invalid.append(f"{self.name} is said to belong to a document that was not sent.")
            elif made is not None:
                self._check(name, made, of)
        if made is not None and self.replay.afterwards.sent is None:
            self.report.facts.append(f"The addendum of entry {made.seq} has not been sent.")

    def _check(self, name: str, rendered: Entry, letter: Entry) -> None:
        text = self.texts.get(letter.about["digest"])
        if name not in self.bundle.documents or text is None:
            return  # Said already.
        try:
            pages = read_pages(self.bundle.documents[name])
            self._compare(pages, rendered, letter, text)
        except VerificationError as fault:
            self.report.invalid.append(f"{self.name} {fault}.")

    def _compare(self, pages: Pages, rendered: Entry, letter: Entry, text: dict[str, Any]) -> None:
        setting = self.printing.settings[rendered.seq]
        letterhead = self._letterhead(setting, rendered)
        best: Compared | None = None
        for given in self._givens(rendered, letter, text, pages, setting):
            found = _on_letterhead(pages, letterhead, given, setting)
            if best is None or len(found.wrong) < len(best.wrong):
                best, chosen = found, given
            if not found.wrong:
                break
        assert best is not None
        self.report.invalid += [f"{self.name} is not what was signed: {wrong}." for wrong in best.wrong]
        if not best.wrong:
            check_looks(self.name, pages, best, letterhead, self.report)
        self._tell(rendered, best, chosen)

    def _givens(
        self, rendered: Entry, letter: Entry, text: dict[str, Any], pages: Pages, setting: Setting
    ) -> list[Given]:
        """What the document must print, for each recipient whose lines are in it."""
        about = rendered.about
        printed = [seq for seq in about["signoffs"] if type(seq) is int]
        disclosed = as_printed(self.replay.disclosed, setting.corrected, setting.renamed)
        people = names(printed, setting.withheld, disclosed, setting.individuals)
        asked = [name for name in people if not name.individual]
        alone = [name for name in people if name.individual]
        headings = _headings(rendered, self.replay)
        by_hand, pictures, place = {}, set(), _place_before_date(letter, self.replay)
        if letter is rendered:
            by_hand, pictures = self.printing.signed_by_hand, self.printing.pictures
        return [
            Given(
                said, self._body(said), block, asked, len(printed) - len(people), headings, by_hand, pictures, place,
                alone,
            )
            for block in likely_recipients(text, pages)
            for said in [text if letter is rendered else self._as_letter(text, block, letter, pages, setting)]
        ]  # fmt: skip

    def _body(self, text: Mapping[str, Any]) -> Composed:
        body = str(text.get("body") or "")
        if body not in self.bodies:
            self.bodies[body] = compose(body)
        return self.bodies[body]

    def _as_letter(
        self, text: dict[str, Any], block: tuple[str, ...], letter: Entry, pages: Pages, setting: Setting
    ) -> dict[str, Any]:
        """What an addendum must say of the letter that it belongs to."""
        said, dates = [one.line.words for one in pages.lines], self.dated.get(str(letter.about["docx"]), [])
        return addendum_as_letter(text, block[0] if block else "", letter.about, setting.code, said, dates)

    def _letterhead(self, setting: Setting, rendered: Entry) -> Pages | None:
        """The letterhead that a document was made on, with its marks; None where it is not told."""
        sha256 = setting.letterhead
        if not sha256:
            return None
        if setting.approved_on is not None and sha256 not in setting.approved_on:
            self.report.invalid.append(
                f"{self.name} is printed on the letterhead {sha256[:12]}, which is not the one it was approved on."
            )
        if sha256 not in self.letterheads:
            content = self.bundle.letterheads.get(f"{sha256}.docx")
            if content is None:
                raise VerificationError(f"is printed on the letterhead {sha256}, which is missing")
            self.letterheads[sha256] = read_pages(content)
        pages = self.letterheads[sha256]
        missing = missing_places(_said_by(pages.lines), {part: _said_by(at) for part, at in pages.margins.items()})
        if missing:
            raise VerificationError(
                f"is printed on a letterhead whose places are missing, twice or out of order: {missing}"
            )
        self._say_letterhead(sha256, pages, setting)
        return pages

    def _say_letterhead(self, sha256: str, pages: Pages, setting: Setting) -> None:
        """Tell what a letterhead prints, once; and whether it was chosen after somebody had signed."""
        if sha256 in self.told:
            return
        self.told.add(sha256)
        words = _words_of(pages)
        if words:
            self.report.facts.append(f"The letterhead {sha256[:12]} prints: {'; '.join(words)}")
        shown = [one for lines in (pages.lines, *pages.margins.values()) for one in lines if _is_drawn(one)]
        drawn = [one for one in shown if not _is_footer_code(one, setting.qr)]
        if len(drawn) < len(shown) or any(FOOTER_CODE.search(one) for one in words):
            self._say_footer(sha256, words, setting)
        if drawn or any(_is_picture(part, pages, setting.qr) for part in pages.package.parts):
            self.report.remarks.append(
                f"The letterhead {sha256[:12]} shows pictures or shapes, whose words are not read: look at them."
            )
        chosen, signed = setting.chosen, setting.first_signed
        late = signed if signed and (chosen is None or chosen.seq > signed.seq) else None
        if late and any(one.startswith("on the page") for one in words):
            when = f"was chosen in entry {chosen.seq}," if chosen else "is on record with the document only,"
            self.report.remarks.append(
                f"The letterhead {sha256[:12]} {when} after the first sign-off (entry {late.seq}), and prints words "
                f"on the page that nobody has signed: {'; '.join(words)}"
            )

    def _say_footer(self, sha256: str, words: Sequence[str], setting: Setting) -> None:
        """Tell where the footers say that one can ask whether the letter is genuine; it must be by its own code."""
        printed = [(found[1], found[2].replace("-", "")) for one in words for found in FOOTER_CODE.finditer(one)]
        if not printed or any(code != setting.code for _, code in printed):
            self.report.invalid.append(
                f"The letterhead {sha256[:12]} says another code to ask by, or none, than the letter's approval "
                f"({setting.code})."
            )
        for address, code in dict.fromkeys(printed):
            self.report.facts.append(
                f"The letterhead {sha256[:12]} says that one can ask at {address} by the code {code}; the QR code "
                "beside it is the one that was approved, and not read here."
            )

    def _tell(self, rendered: Entry, found: Compared, given: Given) -> None:
        self._tell_corrections(rendered)
        dates = dict.fromkeys(found.dates)
        self.dated[str(rendered.about.get("docx"))] = found.dates
        if dates:
            self.report.facts.append(f"{self.name} is dated {', '.join(map(plain, dates))}.")
        if found.unnamed:
            people = [*given.names, *given.people]
            count = sum(name.lines is None for name in people)
            self.report.remarks.append(
                f"{self.name}: {count} of {len(people)} names are withheld or erased; look for them there: "
                f"{'; '.join(map(plain, found.unnamed))}"
            )
        if given.headings:
            self.report.facts.append(f"Between the names of {self.name} stand: {plain('; '.join(given.headings))}")
        if any(len(heading) > LONG_HEADING for heading in given.headings):
            self.report.remarks.append(f"{self.name} prints long words between the names; nobody has signed them.")
        self.report.remarks += [f"{self.name} {remark}" for remark in found.remarks]

    def _tell_corrections(self, rendered: Entry) -> None:
        """Say which names are printed otherwise than they were signed with, and by which entries."""
        setting = self.printing.settings[rendered.seq]
        for what, corrections in (("its signatory", setting.corrected), ("its organisation", setting.renamed)):
            for seq, correction in sorted(corrections.items()):
                if seq not in setting.withheld:
                    self.report.facts.append(
                        f"{self.name} prints the name of {what} for the sign-off in entry {seq} as entry {correction} "
                        "corrected it."
                    )


def check_looks(name: str, pages: Pages, found: Compared, letterhead: Pages | None, report: Report) -> None:
    """Say what hides the letter's words, and what no letter has."""
    looks = Looks(pages.package)
    wrong = {f"holds words that are {how}" for one in found.letter for how in looks.faults(one)}
    wrong |= {f"holds {how}" for how in pages.package.wrong}
    odd = [f"the property {kind}" for one in found.letter for kind in unknown(one)] + pages.package.odd
    if letterhead is not None:
        odd += [f"the property {kind}" for kind in set_anew(found.letter, letterhead.lines)]
        wrong |= {f"has other {kind} than its letterhead" for kind in _other_looks(pages, letterhead)}
    wrong |= set(settings_faults(pages.package.of_kind("settings")))
    if any(looks.is_turned_by_style(one) for one in found.letter):
        odd.append("words that a style turns around")
    if any(looks.is_numbered_by_style(one) for one in found.letter):
        odd.append("numbers that its letterhead puts before paragraphs")
    fonts = [one for one in odd if "embedded font" in one]
    if letterhead is not None and fonts:
        wrong.add(f"holds {fonts[0]}")
    report.invalid += [f"{name} {how}." for how in sorted(wrong)]
    emphasis = Emphasis(looks, Looks(letterhead.package) if letterhead is not None else None)
    apart = (f"{one.where} {one.number} {how}" for one in found.taken for how in emphasis.faults(one))
    report.invalid += [f"{name} is not what was signed: {how}." for how in itertools.islice(apart, MOST_SAID)]
    if odd:
        listed = ", ".join(dict.fromkeys(odd))
        report.remarks.append(f"{name} holds what no letter has, so look at it: {listed}.")


def _other_looks(pages: Pages, letterhead: Pages) -> Iterator[str]:
    for kind in LOOKS:
        there, due = (LANGUAGE.sub(b"", one.package.content(kind) or b"") for one in (pages, letterhead))
        if there != due:
            yield kind


def _check_letterheads(bundle: Bundle, printing: Printing, report: Report) -> None:
    named = {setting.letterhead for setting in printing.settings.values()}
    for name, content in sorted(bundle.letterheads.items()):
        if hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
            report.invalid.append(f"letterheads/{name} was changed: its bytes are not those of its name.")
        elif name.partition(".")[0] not in named:
            report.invalid.append(f"letterheads/{name} is not a letterhead of this letter: no entry names it.")


def _headings(rendered: Entry, replay: Replay) -> list[str]:
    """The countries between the names: committed to; in entries of old they stand as they are."""
    found = replay.disclosed.get(rendered.seq, rendered.about).get("headings")
    return [str(heading) for heading in found] if isinstance(found, list) else []


def _place_before_date(rendered: Entry, replay: Replay) -> str:
    """The place before the date: committed to where there is one."""
    return cleaned(str(replay.disclosed.get(rendered.seq, {}).get("place") or ""))


def likely_recipients(text: Mapping[str, Any], pages: Pages) -> list[tuple[str, ...]]:
    """The lines of each recipient whose lines are in a document; those of the first where none are."""
    recipients = text.get("recipients")
    named = [one for one in recipients if isinstance(one, dict)] if isinstance(recipients, list) else []
    blocks = [_address(one) for one in named] or [()]
    there = {one.line.words for one in pages.lines}
    return [block for block in dict.fromkeys(blocks) if there.issuperset(block)] or blocks[:1]


def _address(recipient: Mapping[str, Any]) -> tuple[str, ...]:
    address = recipient.get("address")
    lines = [
        *(recipient.get(key) for key in ("name", "title", "office")),
        *(address if isinstance(address, list) else []),
    ]
    return tuple(line for line in (cleaned(str(line or "")) for line in lines) if line)


def _said_by(printed: Sequence[Printed]) -> list[Line]:
    return [one.line for one in printed]


def _on_letterhead(pages: Pages, letterhead: Pages | None, given: Given, setting: Setting) -> Compared:
    """Compare the page, the footnotes and the margins."""
    found_lines = [one for one in pages.lines if letterhead is not None or not is_section(one)]
    if letterhead is not None:
        found = compare(list(items(letterhead.lines, given)), found_lines, given)
    elif setting.name:
        found = compare(list(items(places(BUILT_IN[setting.name]), given)), found_lines, given)
    else:
        found = compare_loosely(found_lines, given)
    compare_notes(pages, given, found)
    _compare_margins(pages, letterhead, given, setting, found)
    return found


def compare_notes(pages: Pages, given: Given, found: Compared) -> None:
    """Compare the footnotes with those of the text, and add what was found."""
    if len(pages.footnotes) != len(given.body.footnotes):
        found.wrong.append(f"it has {len(pages.footnotes)} footnotes, and the text {len(given.body.footnotes)}")
    for number, (there, due) in enumerate(zip(pages.footnotes, given.body.footnotes), 1):  # noqa: B905 (Python 3.9)
        compared = compare([exact(line, "the text") for line in due], there, given, f"footnote {number}, paragraph")
        _take_along(found, compared)


def _take_along(found: Compared, more: Compared) -> None:
    found.wrong += more.wrong
    found.letter += more.letter
    found.taken += more.taken


def _compare_margins(pages: Pages, letterhead: Pages | None, given: Given, setting: Setting, found: Compared) -> None:
    """The headers and footers are the letterhead's, to the last word."""
    if letterhead is not None and pages.margins.keys() != letterhead.margins.keys():
        found.wrong.append("it has other headers and footers than its letterhead")
    for part, lines in pages.margins.items():
        if letterhead is not None:
            wanted = [filled(one.line, given) for one in letterhead.margins.get(part, [])]
            for item, one in zip(wanted, letterhead.margins.get(part, [])):  # noqa: B905
                item.place = one
            _take_along(found, compare(wanted, lines, given, f"in {part}, paragraph"))
            continue
        said = margin_words(lines)
        if said and setting.name:
            found.wrong.append(f"its {part} says more than the number of the page: {'; '.join(said)}")
        elif said:
            found.remarks.append(f"says in {part}, which was not signed: {'; '.join(said)}")


def margin_words(lines: Sequence[Printed]) -> list[str]:
    """What a header or a footer says besides the number of the page."""
    return [plain(one.line.words) for one in lines if not _is_page_number(one)]


def _is_page_number(one: Printed) -> bool:
    words = one.line.words
    for field in PAGE_NUMBER:
        words = words.replace(f"{field}\x01field separate\x021\x01field end\x02", "")
    return not words.strip(" /")


def _is_footer_code(one: Printed, qr: str) -> bool:
    """Whether what is drawn in a line is the QR code of the letter's approval and nothing else."""
    pictures = re.findall("picture ([0-9a-f]{64})", one.line.words)
    others = MARK.sub(lambda found: "" if found[1].startswith("picture ") else found[0], one.line.words)
    return bool(qr) and pictures == [qr] and "\x01" not in others


def _is_picture(part: str, pages: Pages, qr: str) -> bool:
    """Whether a part is a picture other than that QR code."""
    if not part.startswith("word/media/"):
        return False
    return not qr or hashlib.sha256(pages.package.parts[part]).hexdigest() != qr


def is_section(one: Printed) -> bool:
    """Whether a line is none, but where a section of the document ends."""
    return one.line.words.startswith("\x01section ")


def _is_drawn(one: Printed) -> bool:
    return any(
        f"\x01{kind} " in one.line.words for kind in ("picture", "drawing", "pict", "AlternateContent", "object")
    )


def letterhead_words(letterhead: bytes) -> list[str]:
    """Return what a letterhead prints itself, place by place, for people to read. Raises VerificationError."""
    return _words_of(read_pages(letterhead))


def _words_of(pages: Pages) -> list[str]:
    found = []
    for where, lines in (("on the page", pages.lines), *((_margin(part), at) for part, at in pages.margins.items())):
        said = [plain(_own_words(one.line)) for one in lines]
        said = [words for words in said if any(c.isalnum() for c in words)]
        if said:
            found.append(f"{where} {' / '.join(said)!r}")
    return list(dict.fromkeys(found))


def _margin(part: str) -> str:
    return "in a footer" if "footer" in part else "in a header"


def _own_words(line: Line) -> str:
    words = line.words
    for kind in ("separate\x021", "separate\x02"):
        words = words.replace(f"\x01field {kind}", "\x01field separate\x02")
    words = "".join(part.partition("\x02")[2] if number else part for number, part in enumerate(words.split("\x01")))
    for mark in (
        "recipient",
        "date",
        "subject",
        "salutation",
        "body",
        "closing",
        "signatories",
        "logos",
        "title",
        "running",
    ):
        words = words.replace(f"{{{{ {mark} }}}}", " ")
    return f"{line.label} {words}"


def check_received(received: Mapping[str, bytes], replay: Replay, report: Report) -> None:
    """Say whether a document that somebody received is one that was sent."""
    for name, content in received.items():
        sha256 = hashlib.sha256(content).hexdigest()
        made = [
            rendered
            for rendered in replay.renderings
            if sha256 in (rendered.about.get("docx"), rendered.about.get("pdf"))
        ]
        added = replay.afterwards.documents.get(sha256) and replay.afterwards.made
        if added:
            how = "sent" if replay.afterwards.sent else "not sent"
            report.facts.append(f"Document {name}: it is the addendum of entry {added.seq}, {how} ({sha256}).")
        elif made and made[-1].about["docx"] in replay.dispatched:
            report.facts.append(f"Document {name}: it is the one of entry {made[-1].seq}, which was sent ({sha256}).")
        else:
            why = "was made, but never sent" if made else "is not a document of this letter"
            report.invalid.append(f"The document {name} {why} (its SHA-256 is {sha256}).")
