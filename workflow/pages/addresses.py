"""What may stand in an address: an id, a digest, a small number; anything else is a page that is not there."""

from __future__ import annotations

from werkzeug.routing import BaseConverter, IntegerConverter


class Id(BaseConverter):
    """An id as `models.new_id` makes it."""

    regex = "[0-9a-f]{32}"


class Sha256(BaseConverter):
    """A digest."""

    regex = "[0-9a-f]{64}"


class Number(IntegerConverter):
    """A number of a few digits: Python reads no number of thousands of them."""

    regex = "[0-9]{1,9}"


CONVERTERS = {"id": Id, "sha256": Sha256, "int": Number}
