"""The file that came with an office's reply, as it is given out: never shown, whatever it is."""

from __future__ import annotations

from io import BytesIO

from flask import Response, send_file

from workflow.campaigns import office_replies
from workflow.errors import NotFoundError
from workflow.models import Document, Letter
from workflow.pages.context import reader


def reply_file(row: Letter, reply_id: str) -> Response:
    """Return the file of a letter's reply as an attachment that no browser opens; raises `NotFoundError`."""
    reply = office_replies.reply_of(reader(), row, reply_id)
    stored = reader().get(Document, reply.document_sha256) if reply.document_sha256 else None
    if stored is None or not stored.content:
        raise NotFoundError("There is no such file.")
    name = reply.file_name or "reply"
    answer = send_file(BytesIO(stored.content), stored.media_type, as_attachment=True, download_name=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
