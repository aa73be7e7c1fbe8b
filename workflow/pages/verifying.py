"""The verifier as a page, for everybody: the file that is in every evidence too, and needs this server for nothing."""

from __future__ import annotations

from flask import Blueprint, Response, request

from workflow.pages.rate_limits import limiter
from workflow.verify import page

blueprint = Blueprint("verifying", __name__)


@blueprint.get("/verify.html")
@limiter.exempt
def show() -> Response:
    """Give the page; asked for again by its ETag, nothing is sent."""
    response = Response(page.standalone(), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{page.policy()}; frame-ancestors 'none'"
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    response.make_conditional(request)
    return response
