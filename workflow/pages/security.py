"""Security headers on every answer, and where a form may come from; a page's stylesheet is allowed by its hash."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from http import HTTPStatus
from pathlib import Path

from flask import Response, current_app, request

from workflow.instance import instance

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; font-src 'self'; "
    "frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFE = ("GET", "HEAD", "OPTIONS")
PUBLIC = ("common_log", "verifying")
"""The blueprints whose answers say themselves how long they may be kept."""
CARRY_STYLE = ("cosigner", "ledger", "stopping", "joining")
"""The blueprints whose pages carry the stylesheet."""
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


@functools.cache
def stylesheet(folder: str) -> str:
    """Return the stylesheet without its comments: a co-signer's page carries it, and is there in one round trip."""
    css = (Path(folder) / "style.css").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", css, flags=re.S)).strip()


@functools.cache
def _allowed(folder: str) -> str:
    digest = hashlib.sha256(stylesheet(folder).encode()).digest()
    return f" 'sha256-{base64.b64encode(digest).decode()}'"


def own_style() -> str:
    """Return the stylesheet for a page to carry; the header of every page allows it by its hash."""
    return stylesheet(current_app.static_folder or "")


def is_from_elsewhere() -> bool:
    """
    Whether a request that may change something comes from a page that is not ours, as the browser says.

    Our pages send no referrer, and for forms of such pages browsers say `Origin: null`; then `Sec-Fetch-Site` tells.
    Browsers from before 2023 leave that out: such a co-signer goes on, for the token in the form stands behind this.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method in SAFE or (site is None and origin is None):
        return False
    if site not in (None, "same-origin", "none"):
        return True
    if origin == "null":
        told = instance().settings.secure or instance().settings.local
        return site is None and told and request.blueprint != "cosigner"
    return origin is not None and origin not in _own_origins()


def _own_origins() -> set[str]:
    """The public address; on a laptop also the name by which this machine was asked, which is one of those trusted."""
    return {instance().settings.origin, *([f"http://{request.host}"] if instance().settings.local else [])}


def in_our_frames(response: Response) -> Response:
    """Let our own pages show this answer in a frame, as no other may be."""
    policy = CSP.format(style="").replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = policy
    return response


def secure(response: Response) -> Response:
    """Add the headers that every answer carries; only static files and what is public may be kept by a browser."""
    headers = response.headers
    style = _allowed(current_app.static_folder or "") if request.blueprint in CARRY_STYLE else ""
    headers.setdefault("Content-Security-Policy", CSP.format(style=style))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["X-Robots-Tag"] = "noindex"
    if (
        not (request.endpoint == "static" or request.blueprint in PUBLIC)
        or response.status_code >= HTTPStatus.BAD_REQUEST
    ):
        headers["Cache-Control"] = "no-store"
    if instance().settings.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
