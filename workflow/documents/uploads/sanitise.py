"""An uploaded letterhead, cleaned: who wrote it when, comments and bookmarks go; what is dangerous is refused."""

from __future__ import annotations

import re

from lxml import etree

from workflow.documents.uploads.trees import drop
from workflow.documents.writing.wordml import W
from workflow.errors import LetterheadError

_CUTS = re.compile("[\ue000\ue001]")
_FIELDS = frozenset(["PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "HYPERLINK", "STYLEREF"])
_DROPPED = frozenset(
    f"{W}{name}"
    for name in (
        "proofErr", "bookmarkStart", "bookmarkEnd", "commentRangeStart", "commentRangeEnd", "commentReference",
        "lastRenderedPageBreak", "permStart", "permEnd", "customXmlInsRangeStart", "customXmlInsRangeEnd", "rsid",
        "rsids", "noProof",
    )
)  # fmt: skip
_TRACKED = frozenset(
    f"{W}{name}"
    for name in (
        "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "trPrChange",
        "tcPrChange", "cellIns", "cellDel", "numberingChange",
    )
)  # fmt: skip
_FORBIDDEN = {
    f"{W}altChunk": "another document in it",
    f"{W}object": "an embedded object",
    f"{W}control": "an ActiveX control",
    f"{W}subDoc": "another document in it",
    f"{W}vanish": "hidden words",
    f"{W}footnoteReference": "a footnote",
    f"{W}endnoteReference": "an endnote",
}


def clean(root: etree._Element, where: str) -> list[str]:
    """
    Refuse what is dangerous, drop what nobody should get; returns what was left out, in words.

    `where` names the part for the sentences. Raises LetterheadError.
    """
    left_out: list[str] = []
    _check_words(root, where)
    for element in list(root.iter()):
        _check(element)
        if element.tag in _DROPPED:
            if element.tag == f"{W}commentReference":
                left_out.append("comments")
            drop([element])
            continue
        for name in [name for name in element.attrib if _is_trace(name)]:
            del element.attrib[name]
    for control in list(root.iter(f"{W}sdt", f"{W}smartTag", f"{W}customXml")):
        _unwrap(control)
    _check_fields(root)
    return left_out


def _check(element: etree._Element) -> None:
    tag = element.tag
    if tag in _TRACKED:
        raise LetterheadError(
            "The letterhead has tracked changes, which everybody could read. Accept or reject them all in Word "
            "(Review > Accept > Accept All Changes) and save it again."
        )
    if tag in _FORBIDDEN and element.get(f"{W}val") not in ("0", "false"):
        raise LetterheadError(f"The letterhead has {_FORBIDDEN[tag]}. Take it out in Word and save it again.")


def _is_trace(name: str) -> bool:
    local = name.rpartition("}")[2]
    return local.startswith("rsid") or (local in ("paraId", "textId") and "2010" in name)


def _unwrap(control: etree._Element) -> None:
    """Put what a content control holds into its place."""
    parent = control.getparent()
    if parent is None:
        return
    inner = control.find(f"{W}sdtContent") if control.tag == f"{W}sdt" else control
    place = parent.index(control)
    held = [one for one in (inner if inner is not None else []) if not str(one.tag).endswith("Pr")]
    parent.remove(control)
    for offset, one in enumerate(held):
        parent.insert(place + offset, one)


def _check_words(root: etree._Element, where: str) -> None:
    _strip(root)
    for one in root.iter(f"{{{'urn:schemas-microsoft-com:vml'}}}imagedata"):
        if any(name.rpartition("}")[2] in ("href", "src") for name in one.attrib):
            raise LetterheadError(f"A picture in {where} is loaded from elsewhere. Put it into the document itself.")


def _strip(root: etree._Element) -> None:
    """Take out the two characters that stand around placeholders while they are looked for."""
    for element in root.iter():
        if _CUTS.search(element.text or ""):
            element.text = _CUTS.sub("", element.text)
        if _CUTS.search(element.tail or ""):
            element.tail = _CUTS.sub("", element.tail)
        for name, value in element.items():
            if _CUTS.search(value):
                element.set(name, _CUTS.sub("", value))


def _check_fields(root: etree._Element) -> None:
    said = [(one.text or "") for one in root.iter(f"{W}instrText")]
    simple = [one.get(f"{W}instr", "") for one in root.iter(f"{W}fldSimple")]
    for instruction in (" ".join("".join(said).split()), *simple):
        names = re.findall(r"^\s*([A-Za-z]+)|(?<=\s)([A-Z]{4,})(?=\s)", instruction)
        begins = instruction.lstrip().upper()
        for name in filter(None, (a or b for a, b in names)):
            if name.upper() not in _FIELDS and (begins.startswith(name.upper()) or name in _RISKY):
                raise LetterheadError(
                    f"The letterhead has the field {name}, which Word would fill in from elsewhere. Replace it by "
                    "plain words, or by a placeholder such as {{ date }}, and save it again."
                )


_RISKY = frozenset(
    ["INCLUDETEXT", "INCLUDEPICTURE", "INCLUDE", "DDE", "DDEAUTO", "LINK", "DATABASE", "MACROBUTTON", "IMPORT", "EMBED"]
)
