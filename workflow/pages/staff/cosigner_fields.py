"""What is known of co-signers, as a table to be put right: fifty at a time, and one Save."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import bindparam, or_, select

from workflow.campaigns import cosigner_fields
from workflow.campaigns.cosigner_fields import NAMES, Change, Fields
from workflow.errors import InputError
from workflow.languages import lazy_gettext
from workflow.models import Invitation, Letter, Organisation
from workflow.pages.context import reader
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import cosigners, fields_row, head
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.fields_row import FieldsRow
from workflow.pages.staff.head import Head
from workflow.pages.staff.paging import Key, Listing, Place, place_in
from workflow.states.permissions import allowed
from workflow.transaction import Transaction

blueprint = Blueprint("fields", __name__, url_prefix="/letters/<id:letter_id>")
ON_A_PAGE = 50
UNADDRESSED = "unaddressed"
CUT_SHORT = lazy_gettext("Something was missing from that request. Load the page again.")
_ROW = re.compile(r"row-([0-9a-f]{32})")
_LISTING = Listing(
    listed=select(
        Invitation.id,
        Invitation.position,
        Organisation.name,
        Organisation.acronym,
        Organisation.country,
        Invitation.signatory,
        Invitation.signatory_title,
        Invitation.contact_name,
        Invitation.email,
        Invitation.required,
    )
    .join(Organisation, Organisation.id == Invitation.organisation_id)
    .where(Invitation.letter_id == bindparam("letter")),
    matching=Invitation.is_listed & or_(bindparam("show") != UNADDRESSED, Invitation.email == ""),
    keys=(Key(Invitation.position.expression), Key(Invitation.id.expression)),
    size=ON_A_PAGE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsPage:
    """A page of the table."""

    head: Head
    rows: tuple[FieldsRow, ...]
    show: str
    count: int
    unaddressed: int
    previous: Place | None
    next: Place | None
    here: Mapping[str, str]
    """What names this page in its address."""
    may_edit: bool


@blueprint.get("/cosigners/fields")
def show(letter_id: str) -> str:
    """The table."""
    return render_template("fields.html", page=_page(reader(), mine(letter_id)))


def _page(session: Transaction, letter: Letter) -> FieldsPage:
    wanted = UNADDRESSED if request.args.get("show") == UNADDRESSED else ""
    place = place_in(request.args)
    found = _LISTING.page(session, place, {"letter": letter.id, "show": wanted})
    written = cosigner_fields.written_to(session, [one.id for one in found.rows])
    here = {"show": wanted, "after": place.after, "before": place.before}
    return FieldsPage(
        head=head.of(letter, True),
        rows=tuple(_row(one, one.id in written) for one in found.rows),
        show=wanted,
        count=_LISTING.count(session, {"letter": letter.id, "show": ""}),
        unaddressed=_LISTING.count(session, {"letter": letter.id, "show": UNADDRESSED}),
        previous=found.previous,
        next=found.next,
        here={name: words for name, words in here.items() if words},
        may_edit="correct" in allowed(letter.state),
    )


def _row(one: Any, is_written_to: bool) -> FieldsRow:
    fields = Fields(
        organisation=one.name,
        acronym=one.acronym,
        signatory=one.signatory,
        title=one.signatory_title,
        contact_name=one.contact_name,
        email=one.email,
        country=one.country,
        required=one.required,
    )
    return fields_row.of(one.id, one.position, fields, is_written_to)


def _as_was_shown(brought: str) -> Fields:
    try:
        held = json.loads(brought)
        return Fields(**{name: str(held[name]) for name in NAMES}, required=bool(held["required"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(CUT_SHORT) from error


def _again(letter_id: str, invitation_id: str = "") -> str:
    return cosigners.one(letter_id, invitation_id) if invitation_id else show(letter_id)


show_again_on(blueprint, _again)


@blueprint.post("/cosigners/fields")
def save(letter_id: str) -> Answer:
    """Keep what was changed of the rows that were sent, and take off those that were marked."""
    sent = request.form
    ids = [found[1] for name in sent if (found := _ROW.fullmatch(name))]
    wrong: dict[str, Any] = {}
    changes = {key: _change(sent, key, wrong) for key in ids}
    if wrong:
        raise InputError(**wrong)
    removed = [key for key in ids if sent.get(f"remove-{key}") == "y"]
    changed = act(cosigner_fields.save, letter_id, changes, removed)
    said = gettext("Nothing was changed.")
    if changed:
        said = ngettext("%(num)s co-signer saved.", "%(num)s co-signers saved.", changed) % {"num": changed}
    here = {name: request.args[name] for name in ("show", "after", "before") if name in request.args}
    if "onwards" in sent and ids:
        here = {"show": here.get("show", ""), "after": ids[-1]}
    return back(letter_id, said, to="fields.show", **{name: words for name, words in here.items() if words})


def _change(sent: Mapping[str, str], key: str, wrong: dict[str, Any]) -> Change:
    place, before = sent.get(f"position-{key}", "").strip(), sent.get(f"place-{key}", "").strip()
    if place and not re.fullmatch("[1-9][0-9]{0,5}", place):
        wrong[f"position-{key}"] = lazy_gettext("Enter a number from 1 on.")
    is_moved = place not in ("", before) and f"position-{key}" not in wrong
    shown = _as_was_shown(sent[f"row-{key}"])
    return Change(fields=_fields(sent, shown, f"-{key}"), shown=shown, position=int(place) if is_moved else None)


def _fields(sent: Mapping[str, str], shown: Fields, of: str = "") -> Fields:
    """Return the fields as they were typed; what the form has no field for is as it was shown."""
    words = {name: sent.get(f"{name}{of}", getattr(shown, name)) for name in NAMES}
    return Fields(required=sent.get(f"required{of}") == "y", **words)


@blueprint.post("/invitations/<id:invitation_id>/fields")
def correct(letter_id: str, invitation_id: str) -> Answer:
    """Put right what is known of one co-signer, from its own page."""
    shown = _as_was_shown(request.form.get("row", ""))
    change = Change(fields=_fields(request.form, shown), shown=shown)
    try:
        act(cosigner_fields.save, letter_id, {invitation_id: change}, ())
    except InputError as error:
        raise InputError(**{name.rpartition("-")[0]: why for name, why in error.fields.items()}) from error
    return back(letter_id, gettext("Saved."), to="invitations.one", invitation_id=invitation_id)


@blueprint.post("/invitations/<id:invitation_id>/removal")
def remove(letter_id: str, invitation_id: str) -> Answer:
    """Take a co-signer off that was never written to."""
    act(cosigner_fields.save, letter_id, {}, [invitation_id])
    return redirect(url_for("invitations.show", letter_id=letter_id), 303)
