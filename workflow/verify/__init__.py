"""
The check of a letter's evidence, for `flask history verify` and, joined into one file, for evidence.zip.

Standard library only and Python 3.9 or later: it runs where nothing of this project is installed.
"""

from workflow.verify.documents import letterhead_words
from workflow.verify.report import InputError, Report, VerificationError
from workflow.verify.standalone import standalone
from workflow.verify.verifier import verify

__all__ = ["InputError", "Report", "VerificationError", "letterhead_words", "standalone", "verify"]
