"""
A letter on paper: as a Word document, and as a PDF where LibreOffice is installed.

Knows no database and no mail: what is printed comes in as a `Paper`, bytes go out.
"""

from workflow.documents.docx import render_docx
from workflow.documents.paper import Paper, file_name, printed_date
from workflow.documents.pdf import PdfFailed, libreoffice, render_pdf
from workflow.documents.proofread import Misprint, proofread

__all__ = [
    "Misprint",
    "Paper",
    "PdfFailed",
    "file_name",
    "libreoffice",
    "printed_date",
    "proofread",
    "render_docx",
    "render_pdf",
]
