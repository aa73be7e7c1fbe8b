"""
The common log, for everybody: its newest head, its tiles, its entries (c2sp.org/tlog-tiles).

It holds nothing but hashes of random ids and signed roots, so it says of no letter that there is one. What is asked for
costs one short reading; tiles never change, so whoever stands between may keep them for good.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from workflow.history import common
from workflow.history.common import tiles
from workflow.pages.context import reader
from workflow.pages.rate_limits import limiter

blueprint = Blueprint("common_log", __name__, url_prefix="/log")

FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_MOMENT = "public, max-age=2"


@blueprint.get("/checkpoint")
@limiter.exempt
def checkpoint() -> Response:
    """Give the newest signed head, with the signatures of witnesses."""
    note = common.newest(reader())
    return _kept(note.encode() if note else None, "text/plain; charset=utf-8", FOR_A_MOMENT)


@blueprint.get("/tile/<path:name>")
@limiter.exempt
def tile(name: str) -> Response:
    """Give a tile of hashes, or a bundle of entries, that the newest head reaches."""
    asked = tiles.Tile.named(name)
    content = tiles.read(reader(), asked) if asked else None
    return _kept(content, "application/octet-stream", FOR_GOOD)


def _kept(content: bytes | None, media_type: str, how_long: str) -> Response:
    """What is there, to be kept so long; asked for again by its ETag, nothing is sent."""
    if content is None:
        abort(404)
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = how_long
    response.add_etag()
    response.make_conditional(request)
    return response
