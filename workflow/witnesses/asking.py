"""Asking a server outside over HTTP: briefly, and reading little."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from workflow.witnesses.seen import OutsideError

SECONDS = 10.0
"""How long one may take for its whole answer."""
MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    media_type: str
    content: bytes


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """Who is asked stands in the settings; an answer from elsewhere is none."""

    def redirect_request(self, *given: Any, **more: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoDetours)


def post(url: str, content: bytes, media_type: str, seconds: float = SECONDS) -> Answer:
    """Post to an address of the settings; raises OutsideError where no whole answer comes in time."""
    end = time.monotonic() + seconds
    asked = urllib.request.Request(url, content, {"Content-Type": media_type, "User-Agent": "Undersigned"})
    try:
        try:
            answer = _opener.open(asked, timeout=seconds)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Answer(answer.status or 0, answer.headers.get_content_type(), _read(answer, url, end))
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise OutsideError(f"{url} does not answer: {said}") from error


def _read(answer: Any, url: str, end: float) -> bytes:
    """Read piece by piece, so that a server that sends a byte now and then holds nobody for long."""
    found = b""
    while piece := answer.read1(MOST):
        found += piece
        if len(found) > MOST or time.monotonic() > end:
            raise OutsideError(f"{url} sends a long answer, or a slow one.")
    return found
