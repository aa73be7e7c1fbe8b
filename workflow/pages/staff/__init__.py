"""Pages of staff: the coordinator's, and who signs in."""

from flask import Flask

from workflow.pages.staff import (
    account,
    admin,
    afterwards,
    ask,
    campaigns,
    check,
    comments,
    cosigner_fields,
    cosigners,
    drafts,
    erasing,
    exports,
    layout,
    letter,
    letters,
    many,
    moving,
    open_call,
    organisations,
    people,
    profile,
    returned,
    send,
    sending,
    steps,
    terms,
)
from workflow.pages.staff.bar import bar

ON_THE_LETTERS_PAGE = (sending, steps, terms)
"""Their forms stand on a letter's page, and their addresses are below its own."""

ON_THE_ACCOUNTS_PAGE = (profile,)
ON_THE_COSIGNERS_PAGE = (returned,)

PARTS = (
    account,
    admin,
    erasing,
    campaigns,
    people,
    letters,
    letter,
    check,
    cosigners,
    cosigner_fields,
    many,
    moving,
    open_call,
    exports,
    comments,
    drafts,
    layout,
    ask,
    send,
    afterwards,
    organisations,
)
BEHIND_SIGN_IN = tuple(part.blueprint.name for part in PARTS if part is not account)
"""Only who is signed in comes to these."""
FOR_ADMINS = tuple(part.blueprint.name for part in (admin, erasing))


def register(app: Flask) -> None:
    """Give the app the pages of staff."""
    account.manager.init_app(app)
    app.jinja_env.globals["staff_bar"] = bar
    for part in PARTS:
        app.register_blueprint(part.blueprint)
