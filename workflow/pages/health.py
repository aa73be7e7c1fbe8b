"""Whether the service is well, for everybody."""

from __future__ import annotations

from flask import Blueprint

from workflow import keys
from workflow.errors import MisconfiguredError
from workflow.instance import instance
from workflow.pages.rate_limits import limiter
from workflow.trouble import OLD_TABLES

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@limiter.exempt
def health() -> dict[str, str]:
    """Whether the database answers, with current tables and the keys that it was written with."""
    if not instance().database.is_current():
        raise MisconfiguredError(OLD_TABLES)
    with instance().database.reading() as session:
        keys.check(session, instance().settings)
    return {"status": "ok"}
