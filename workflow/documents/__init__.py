"""
A letter on paper: as a Word document, and as a PDF where LibreOffice is installed.

Knows no database and no mail: what is printed comes in as a `Paper`, bytes go out.
"""

from workflow.documents.built_in import NAMES as BUILT_IN
from workflow.documents.built_in import built_in
from workflow.documents.docx import blank, render_docx
from workflow.documents.letterhead import MARKS, Letterhead
from workflow.documents.paper import Paper, file_name, printed_date
from workflow.documents.pdf import libreoffice, render_pdf, render_pdfs
from workflow.documents.pictures import LARGEST_UPLOAD as LARGEST_PICTURE
from workflow.documents.pictures import Logo, logo, normalise
from workflow.documents.printer import Printer
from workflow.documents.proofread import proofread
from workflow.documents.signatories import Layout, headings, withheld_line

__all__ = [
    "BUILT_IN",
    "LARGEST_PICTURE",
    "MARKS",
    "Layout",
    "Letterhead",
    "Logo",
    "Paper",
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
