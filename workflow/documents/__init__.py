"""
A letter on paper: as a Word document, and as a PDF where LibreOffice is installed.

Knows no database and no mail: what is printed comes in as a `Paper`, bytes go out.
"""

from workflow.documents.built_in import NAMES as BUILT_IN
from workflow.documents.built_in import built_in
from workflow.documents.docx import blank, render_docx
from workflow.documents.guard import LetterheadRefused
from workflow.documents.letterhead import MARKS, Letterhead
from workflow.documents.paper import Paper, file_name, printed_date
from workflow.documents.pdf import PdfFailed, libreoffice, render_pdf, render_pdfs
from workflow.documents.pictures import LARGEST_UPLOAD as LARGEST_PICTURE
from workflow.documents.pictures import Logo, PictureRefused, logo, normalise
from workflow.documents.printer import PdfNotYet, Printer
from workflow.documents.proofread import Misprint, proofread
from workflow.documents.signatories import Layout, headings, withheld_line

__all__ = [
    "BUILT_IN",
    "LARGEST_PICTURE",
    "MARKS",
    "Layout",
    "Letterhead",
    "LetterheadRefused",
    "Logo",
    "Misprint",
    "Paper",
    "PdfFailed",
    "PdfNotYet",
    "PictureRefused",
    "Printer",
    "blank",
    "built_in",
    "file_name",
    "headings",
    "libreoffice",
    "logo",
    "normalise",
    "printed_date",
    "proofread",
    "render_docx",
    "render_pdf",
    "render_pdfs",
    "withheld_line",
]
