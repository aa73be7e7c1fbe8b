"""Word documents that were tampered with, part by part, and what the verifier says of them."""

import io
import re
import zipfile

from tests.support.forging import VKEY, zipped
from tests.support.received import PLAIN, evidence, rendered
from workflow import verify


def parts_of(docx):
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name).decode("utf-8", "surrogateescape") for name in archive.namelist()}


def forged(change, docx=None):
    parts = parts_of(docx or rendered())
    before = dict(parts)
    change(parts)
    assert parts != before, "the forgery changed nothing"
    return zipped({name: content.encode("utf-8", "surrogateescape") for name, content in parts.items()})


def judged(docx, **given):
    return verify.verify(evidence(docx, **given), VKEY)


def swap(old, new, part="word/document.xml", count=1):
    def change(parts):
        assert old in parts[part], f"{old!r} is not in {part}"
        parts[part] = parts[part].replace(old, new, count)

    return change


def run_of(words, looks):
    """Set some words of a paragraph in a run of their own, with these looks."""
    before, after = "</w:t></w:r><w:r><w:rPr>", '</w:rPr><w:t xml:space="preserve">'
    rest = '</w:t></w:r><w:r><w:t xml:space="preserve">'
    return swap(words, f"{before}{looks}{after}{words}{rest}")


def paragraph_of(words, looks):
    def change(parts):
        xml = parts["word/document.xml"]
        start = xml.rindex("<w:pPr>", 0, xml.index(words))
        parts["word/document.xml"] = xml[:start] + xml[start:].replace("</w:pPr>", f"{looks}</w:pPr>", 1)

    return change


def style(name, looks, kind="rPr"):
    def change(parts):
        xml = parts["word/styles.xml"]
        start = xml.index(f'w:styleId="{name}"')
        parts["word/styles.xml"] = xml[:start] + xml[start:].replace(f"</w:{kind}>", f"{looks}</w:{kind}>", 1)

    return change


def defaults(looks):
    return swap("<w:rPrDefault><w:rPr>", f"<w:rPrDefault><w:rPr>{looks}", "word/styles.xml")


def numbering(pattern, new):
    def change(parts):
        parts["word/numbering.xml"] = re.sub(pattern, new, parts["word/numbering.xml"])

    return change


def table_style(looks):
    def change(parts):
        style = '(<w:style w:type="table"[^>]*w:styleId="LetterTable".*?)</w:style>'
        parts["word/styles.xml"] = re.sub(style, rf"\1{looks}</w:style>", parts["word/styles.xml"])

    return change


def before_the_closing(xml):
    return swap('<w:p><w:pPr><w:pStyle w:val="Closing"/>', f'{xml}<w:p><w:pPr><w:pStyle w:val="Closing"/>')


def both(*changes):
    def change(parts):
        for one in changes:
            one(parts)

    return change


def added(name, content, kind, type_=""):
    """A part of a kind, with the relation that makes Word look at it."""

    def change(parts):
        parts[name] = content
        relation = f'<Relationship Id="rHostile" Type="http://x/{kind}" Target="/{name}"/></Relationships>'
        rels = "word/_rels/document.xml.rels"
        parts[rels] = parts[rels].replace("</Relationships>", relation)

    return change


def own(words="Union of Rivers, 1 Quay, Port Town", below="Registered in Port Town.", header=""):
    """A letterhead of a campaign's own, with words above and below, as the product compiles it."""
    from workflow.documents import compile_letterhead

    def line(said):
        return f'<w:p><w:r><w:t xml:space="preserve">{said}</w:t></w:r></w:p>'

    def change(parts):
        xml = parts["word/document.xml"].replace("<w:body>", f"<w:body>{line(words)}")
        parts["word/document.xml"] = xml.replace("<w:sectPr>", f"{line(below)}<w:sectPr>")
        parts["word/footer.xml"] = parts["word/footer.xml"].replace("</w:ftr>", f"{line(header)}</w:ftr>")

    return compile_letterhead(forged(change, PLAIN.source)).letterhead
