"""How a co-signer's page acts: one transaction through this browser's link, with a code by mail where one is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from workflow.errors import CodeNeededError, InputError, RefusedError
from workflow.languages import lazy_gettext
from workflow.pages.context import reader, writer
from workflow.pages.cosigner.arrival import BROWSER, blueprint, link_id_of, opened
from workflow.pages.cosigner.view import view
from workflow.pages.sent_form import show_again
from workflow.signoffs import codes

WRONG_CODE = lazy_gettext("That code is wrong or has expired. Use the latest one, or send a new code.")


def act(do: Callable[..., Any], invitation_id: str, *given: Any, purpose: str = "", **named: Any) -> Any:
    """
    Do one act through this browser's link, in one transaction, and return what it returns.

    `purpose` names the act where it may take a code: one of `codes.PURPOSES`. Raises what the act raises.
    """
    link_id = link_id_of(invitation_id)
    if purpose:
        named["code"] = redeemed(link_id, purpose)
    with writer() as writing:
        return do(writing, link_id, *given, **named)


def back(invitation_id: str, said: str, anchor: str) -> Response:
    """Lead back to the letter, and say at the anchor what was done."""
    flash(said, f"done at-{anchor}")
    return redirect(url_for("cosigner.review", invitation_id=invitation_id, _anchor=anchor), 303)


def redeemed(link_id: str, purpose: str) -> str:
    """Return the id of the code whose digits were typed; committed on its own, so that wrong ones count as a try."""
    g.purpose = purpose
    digits = request.form.get("code", "").strip()
    if not digits or "again" in request.form:
        return ""
    with writer() as writing:
        return codes.redeem(writing, link_id, session.get(BROWSER, ""), digits, purpose)


@blueprint.errorhandler(CodeNeededError)
def _ask_for_code(error: CodeNeededError) -> tuple[str, int]:
    """The second half of an act where the campaign asks for a code: everything typed stays, the digits are missing."""
    invitation_id = (request.view_args or {})["invitation_id"]
    status = 200
    try:
        if "again" not in request.form and request.form.get("code", "").strip():
            raise InputError(code=WRONG_CODE)
        with writer() as writing:
            codes.send_code(writing, link_id_of(invitation_id), session.get(BROWSER, ""), g.purpose)
    except RefusedError as refused:
        show_again(refused, "code")
        status = 400
    found = view(reader(), opened(invitation_id))
    # What was typed is sent once more; a browser does not send a file a second time.
    kept = [(name, words) for name, words in request.form.items() if name not in ("csrf_token", "code", "again")]
    page = render_template(
        "code.html", page=found.page, own=found.own, purpose=g.purpose, kept=kept, picture=bool(request.files)
    )
    return page, status
