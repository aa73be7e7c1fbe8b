"""The co-signers taken along: the list as CSV, as it is filtered; the names as CSV and as a list in Word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from workflow import accounts, csv_out, history
from workflow.campaigns import chosen as choosing
from workflow.campaigns import lookup
from workflow.campaigns.roster import roster
from workflow.clock import now
from workflow.documents import name_list
from workflow.documents.name_list import NameList
from workflow.errors import NotFoundError, RefusedError
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter.text import folded
from workflow.models import Invitation, Letter
from workflow.moments import local
from workflow.pages.context import reader
from workflow.pages.i18n import get_locale, gettext, ngettext, translate
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import cosigner_list, cosigner_rows, cosigners, silent, times
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, mine, seen
from workflow.pages.staff.cosigner_list import Wanted
from workflow.pages.staff.cosigner_rows import CosignerRow

blueprint = Blueprint("exports", __name__, url_prefix="/letters/<id:letter_id>")
CSV, DOCX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADINGS = (
    "organisation",
    "acronym",
    "country",
    "signatory",
    "title",
    "contact name",
    "email",
    "required",
    "status",
    "answered",
    "email status",
)
"""As `imports.lists` reads them; so a list that was taken along can be pasted again."""
MOST = 10_000


def _coordinates(letter: Letter) -> bool:
    return accounts.role_in(reader(), staff(reader()), letter.campaign) == "coordinator"


@blueprint.get("/cosigners.csv")
def listed(letter_id: str) -> Response:
    """The list as it is searched and filtered."""
    letter = seen(letter_id)
    names_all = _coordinates(letter)
    found = cosigner_list.all_of(reader(), letter, cosigner_list.wanted(request.args), names_all)
    return _csv(letter, gettext("co-signers"), _rows(letter, found, names_all))


def _rows(letter: Letter, found: Sequence[Any], names_all: bool) -> list[tuple[str, ...]]:
    shown = cosigner_rows.of(reader(), letter, found, names_all)
    signed = cosigner_rows.signoffs(reader(), letter, [one.id for one in found])
    rows = [_row(one, row, signed.get(one.id)) for one, row in zip(found, shown, strict=True)]
    return [HEADINGS, *rows]


def _row(one: Any, row: CosignerRow, signoff: Any) -> tuple[str, ...]:
    """A line; of who is withheld from the reader no more than that there is one, and where it stands."""
    person = (signoff.name, signoff.title) if signoff else (one.signatory, one.signatory_title)
    named: tuple[str, ...] = (one.name, one.acronym, one.country, *person, one.contact_name, one.email)
    if row.is_hidden:
        named = (row.organisation, *[""] * (len(named) - 1))
    asked = str(translate(row.asked.label)) if row.asked else ""
    return (*named, gettext("yes") if row.required else "", row.status, row.at, asked)


@blueprint.get("/names.csv")
def names(letter_id: str) -> Response:
    """Who has signed, in the order in which the names are printed; withheld ones as a number."""
    letter = seen(letter_id)
    signed = roster(reader(), letter)
    rows = [
        (str(number), one.name, one.title, one.organisation, one.acronym, one.country)
        for number, one in enumerate(signed.printed, 1)
    ]
    headings = ("no", "signatory", "title", "organisation", "acronym", "country")
    more = [("", "", "", _withheld(signed.withheld), "", "")] if signed.withheld else []
    return _csv(letter, gettext("names"), [headings, *rows, *more])


@blueprint.get("/names.docx")
def names_in_word(letter_id: str) -> Response:
    """The same as a list in Word."""
    letter = seen(letter_id)
    signed = roster(reader(), letter)
    made = name_list.write(
        NameList(
            title=letter.title,
            language=letter.language,
            signatures=[one.printed() for one in signed.printed],
            withheld=_withheld(signed.withheld) if signed.withheld else "",
        )
    )
    return _file(letter, gettext("names"), "docx", made, DOCX)


def _withheld(number: int) -> str:
    said = ngettext("%(num)s organisation, name withheld", "%(num)s organisations, names withheld", number)
    return said % {"num": number}


def _csv(letter: Letter, what: str, rows: list[tuple[str, ...]]) -> Response:
    return _file(letter, what, "csv", csv_out.write(rows, get_locale()), CSV)


def _file(letter: Letter, what: str, kind: str, content: bytes, media: str) -> Response:
    """A file that is named after the letter, what it holds, and the day."""
    day = local(now(), times.zone_of(times.whoever(), letter)).date().isoformat()
    title = "-".join(folded(letter.title).split())[:60].strip("-")
    answer = Response(content, mimetype=media.partition(";")[0], content_type=media)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{title or 'letter'}-{what}-{day}.{kind}")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/invitations/<id:invitation_id>/proof.txt")
def proof(letter_id: str, invitation_id: str) -> Response:
    """The proof that the signature which stands now is in the letter's history; 404 where none does."""
    letter = mine(letter_id)
    invitation = lookup.part_of(reader(), letter, Invitation, invitation_id)
    given = invitation.signoff_for(letter.revision.digest) if letter.revision else None
    if given is None:
        raise NotFoundError("There is no signature for this text.")
    made = history.proof(reader(), letter.id, given.sequence).encode()
    return _file(letter, gettext("proof"), "txt", made, "text/plain; charset=utf-8")


# --- several that were chosen --------------------------------------------------------------------------------------


def _again(letter_id: str) -> str:
    return cosigners.show(letter_id)


show_again_on(blueprint, _again)


@blueprint.post("/cosigners/chosen")
def chosen(letter_id: str) -> Answer:
    """Do one thing to all that were chosen on the list, or to all that match."""
    letter = mine(letter_id)
    wanted = cosigner_list.wanted(request.form)
    ids = _chosen(letter, wanted)
    do = request.form.get("do", "")
    if do == "export":
        found = [one for one in cosigner_list.all_of(reader(), letter, Wanted(), True) if one.id in set(ids)]
        return _csv(letter, gettext("co-signers"), _rows(letter, found, True))
    if do == "remind":
        return _remind(letter_id, wanted, ids)
    kept: dict[str, Any] = {"q": wanted.search or None, "show": wanted.show or None}
    if do == "cancel":
        number = act(choosing.cancel, letter_id, ids)
        said = ngettext("%(num)s invitation cancelled.", "%(num)s invitations cancelled.", number)
    elif do in ("require", "release"):
        number = act(choosing.require, letter_id, ids, required=do == "require")
        said = ngettext("%(num)s co-signer changed.", "%(num)s co-signers changed.", number)
    elif do == "remove":
        number = act(choosing.remove, letter_id, ids)
        said = ngettext("%(num)s co-signer taken off.", "%(num)s co-signers taken off.", number)
    else:
        raise RefusedError(lazy_gettext("Select what is to be done."))
    return back(letter_id, said % {"num": number}, to="invitations.show", **kept)


def _remind(letter_id: str, wanted: Wanted, ids: list[str]) -> Answer:
    """Lead to the page on which a reminder is checked: of those who were chosen, or of all who are silent."""
    everybody = "all" in request.form and not wanted.search and wanted.show in ("", "silent")
    if not everybody and not ids:
        raise RefusedError(lazy_gettext("Select at least one co-signer."))
    if not everybody and len(ids) > silent.MOST_CHOSEN:
        most = silent.MOST_CHOSEN
        raise RefusedError(
            lazy_ngettext("Select at most %(num)s co-signer.", "Select at most %(num)s co-signers.", most)
        )
    some = None if everybody else "".join(ids)
    return redirect(url_for("ask.show", letter_id=letter_id, act="remind", some=some), 303)


def _chosen(letter: Letter, wanted: Wanted) -> list[str]:
    """The ids that were ticked, or of all that match the search and the filter of the page."""
    if "all" in request.form:
        return cosigner_list.chosen(reader(), letter, wanted, MOST)
    return [name.removeprefix("chosen-") for name in request.form if name.startswith("chosen-")][:MOST]
