"""
A letter on paper: as a Word document, and as a PDF where LibreOffice is installed.

Knows no database and no mail: what is printed comes in as a `PrintJob`, bytes go out.
"""

from workflow.documents.addendum import Addendum, addendum_of
from workflow.documents.changes import Change, changed, changes
from workflow.documents.docx import blank, render_docx
from workflow.documents.fitting import Fitted, fitted, pages_of
from workflow.documents.pdf import libreoffice, render_pdf, render_pdfs
from workflow.documents.pdf_pictures import MOST as MOST_DRAWN
from workflow.documents.pdf_pictures import draws
from workflow.documents.pictures import LARGEST_UPLOAD as LARGEST_PICTURE
from workflow.documents.pictures import Logo, logo, normalise
from workflow.documents.printer import Printer
from workflow.documents.redline import render_redline
from workflow.documents.round_trip import check_round_trip
from workflow.documents.uploads import (
    BUILT_IN,
    PLACEHOLDERS,
    Compiled,
    Letterhead,
    built_in,
    compile_letterhead,
)
from workflow.documents.uploads import LARGEST_UPLOAD as LARGEST_LETTERHEAD
from workflow.documents.uploads.adjusting import STEPS
from workflow.documents.uploads.letterhead import A4, US_LETTER
from workflow.documents.writing.footers import Footer, footer_of, qr_code
from workflow.documents.writing.opc import DOCX
from workflow.documents.writing.phrases import withheld_line
from workflow.documents.writing.print_job import PrintJob, dateline, file_name, printed_date
from workflow.documents.writing.signatories import Layout, headings, read_out

__all__ = [
    "A4",
    "BUILT_IN",
    "DOCX",
    "LARGEST_LETTERHEAD",
    "LARGEST_PICTURE",
    "MOST_DRAWN",
    "PLACEHOLDERS",
    "STEPS",
    "US_LETTER",
    "Addendum",
    "Change",
    "Compiled",
    "Fitted",
    "Footer",
    "Layout",
    "Letterhead",
    "Logo",
    "PrintJob",
    "Printer",
    "addendum_of",
    "blank",
    "built_in",
    "changed",
    "changes",
    "check_round_trip",
    "compile_letterhead",
    "dateline",
    "draws",
    "file_name",
    "fitted",
    "footer_of",
    "headings",
    "libreoffice",
    "logo",
    "normalise",
    "pages_of",
    "printed_date",
    "qr_code",
    "read_out",
    "render_docx",
    "render_pdf",
    "render_pdfs",
    "render_redline",
    "withheld_line",
]
