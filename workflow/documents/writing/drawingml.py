"""Pictures in a document: the row of the signatories' logos, and signatures by hand. Format: DrawingML, inline."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence

from workflow.documents.pictures import EMU_PER_MM, Logo, rows
from workflow.documents.writing.references import References
from workflow.documents.writing.wordml import Paragraph, Run, escaped

_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_FIRST_ID = 9000
"""Above the ids of what a letterhead has drawn."""
_BETWEEN = Run("\u2003\u2003")
SIGNED_TALL, SIGNED_WIDE = 14 * EMU_PER_MM, 52 * EMU_PER_MM


def logo_rows(logos: Sequence[Logo], measure: int, references: References) -> Iterable[Paragraph]:
    """Set logos in centred rows, with room between them."""
    for row in rows(logos, measure):
        pairs = ((_BETWEEN, _drawn(one.logo, one.width, one.height, references)) for one in row)
        _, *runs = itertools.chain.from_iterable(pairs)
        yield Paragraph("Logos", tuple(runs))


def signature_image(logo: Logo, references: References) -> Run:
    """Return the run that shows a signature by hand, as tall as there is room for above a name."""
    scale = min(SIGNED_TALL / logo.height, SIGNED_WIDE / logo.width)
    return _drawn(logo, round(logo.width * scale), round(logo.height * scale), references)


def _drawn(logo: Logo, width: int, height: int, references: References) -> Run:
    name = references.picture(hashlib.sha256(logo.png).hexdigest()[:12], logo.png)
    number = _FIRST_ID + references.drawn
    references.drawn += 1
    return Run("", element=drawn(name, width, height, number, logo.alternative))


def drawn(name: str, width: int, height: int, number: int, alternative: str) -> str:
    """Return a picture in line, by the name of its relation; sizes are in EMU, `number` is an id of its own."""
    words = escaped(alternative)
    return (
        f'<w:drawing><wp:inline xmlns:wp="{_WP}" distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="Picture {number}" descr="{words}"/>'
        f'<a:graphic xmlns:a="{_A}"><a:graphicData uri="{_PIC}"><pic:pic xmlns:pic="{_PIC}">'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="Picture {number}" descr="{words}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{name}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
