"""The directory as a list: taken in from a file or pasted lines, shown before anything is written; and exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField

from workflow import csv_out
from workflow.campaigns.directory import lists
from workflow.campaigns.directory.lists import KINDS, Kind, Prepared
from workflow.clock import now
from workflow.errors import IncomingError, InputError, NotFoundError
from workflow.imports import cosigner_lists
from workflow.imports.cosigner_lists import CosignerList, Row
from workflow.languages import LANGUAGES, Message, lazy_gettext
from workflow.models import User
from workflow.pages.context import reader, writer
from workflow.pages.i18n import get_locale, gettext, ngettext, with_title
from workflow.pages.staff import organisation_list
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer

UPLOAD_LIMITS = {
    "organisations.preview": cosigner_lists.LARGEST_FILE + 500_000,
    "organisations.take_in": cosigner_lists.LARGEST_FILE + 500_000,
}
MOST_SHOWN = 200
"""So many rows of a kind are shown; of the others it is said how many they are."""
MOST_EXPORTED = 50_000


class ListForm(FlaskForm):
    """A list of organisations: a file, or pasted lines; and to which campaign they are added."""

    campaign = StringField()
    file = FileField()
    pasted = TextAreaField()


FIELDS: Mapping[str, Message] = {
    "organisation": lazy_gettext("Name"),
    "acronym": lazy_gettext("Acronym"),
    "country": lazy_gettext("Country"),
    "website": lazy_gettext("Website"),
    "language": lazy_gettext("Language of emails"),
    "timezone": lazy_gettext("Time zone"),
    "signatory": lazy_gettext("Signatory’s name"),
    "title": lazy_gettext("Signatory’s job title"),
    "contact_name": lazy_gettext("Contact’s name"),
    "email": lazy_gettext("Contact’s email address"),
    "more": lazy_gettext("Other email addresses"),
}
CALLED: Mapping[Kind, Message] = {
    "wrong": lazy_gettext("Wrong"),
    "doubtful": lazy_gettext("Check"),
    "changed": lazy_gettext("Changed"),
    "new": lazy_gettext("New"),
    "same": lazy_gettext("Known"),
}
DONE: Mapping[Kind, Message] = {
    "wrong": lazy_gettext("Left out. Correct them in your list and import it again."),
    "doubtful": lazy_gettext("Say what each of them is."),
    "changed": lazy_gettext("In the directory, with other details: these take their place."),
    "new": lazy_gettext("Added to the directory."),
    "same": lazy_gettext("In the directory already; nothing changes."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A row of a list before it is taken in."""

    place: int
    number: int
    name: str
    parts: tuple[str, ...]
    said: tuple[object, ...]
    differs: tuple[tuple[str, str, str], ...]
    like: str
    """What it may be, or is, in the directory."""
    like_id: str
    why: Message | None
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of a list of which the same becomes."""

    kind: Kind
    label: Message
    done: Message
    count: int
    rows: tuple[ShownRow, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a list will do in the directory."""

    campaign: str
    into: str
    notes: Sequence[object]
    groups: tuple[Group, ...]
    saves: int
    """How many rows are taken in, as it stands."""
    source: str
    """The list again, to be sent back as it was read."""


def homes(member: User) -> dict[str, str]:
    """Return the campaigns to which a member of staff may add a list; raises `NotFoundError` where there is none."""
    found = organisation_list.homes(reader(), member)
    if not found:
        raise NotFoundError("There is nothing to add organisations to.")
    return found


def bring() -> str:
    """The form that takes a list."""
    campaigns = homes(staff(reader()))
    return render_template("organisations/import.html", homes=campaigns, campaign=request.args.get("campaign", ""))


def preview() -> Answer:
    """What the list will do, row by row; nothing is written."""
    member, form = staff(reader()), ListForm()
    campaigns = homes(member)
    into = form.campaign.data or ""
    if into not in campaigns:
        raise InputError(campaign=gettext("Select a campaign."))
    found = _read(form)
    prepared = lists.prepare(reader(), member, into, found.rows)
    page = _preview(into, campaigns[into], found, prepared)
    return render_template("organisations/preview.html", page=page)


def _read(form: ListForm) -> CosignerList:
    upload = form.file.data
    at = "file" if upload else "pasted"
    try:
        if upload:
            return cosigner_lists.read(upload.read(), upload.filename or "")
        return cosigner_lists.read_text(form.pasted.data or "")
    except IncomingError as error:
        first, *others = error.sentences
        raise InputError(*others, **{at: first}) from error


def take_in() -> Answer:
    """Take the list into the directory as it was shown, with what was chosen for its rows."""
    member = staff(reader())
    into = request.form.get("campaign", "")
    if into not in homes(member):
        raise InputError(campaign=gettext("Select a campaign."))
    try:
        found = cosigner_lists.read(request.form.get("source", "").encode(), "list.csv")
    except IncomingError as error:
        raise InputError(*error.sentences) from error
    chosen = {int(name[1:]): word for name, word in request.form.items() if name[:1] == "r" and _is_number(name[1:])}
    member_id = member.id
    with writer() as session:
        done = lists.take(session, session.get_one(User, member_id), into, found.rows, chosen)
    said = [
        _said("%(num)s organisation added.", "%(num)s organisations added.", done.added),
        _said("%(num)s changed.", "%(num)s changed.", done.changed) if done.changed else "",
        _said("%(num)s row left out.", "%(num)s rows left out.", done.skipped) if done.skipped else "",
    ]
    flash(" ".join(filter(None, said)), "done")
    return redirect(url_for("organisations.index", campaign=into, order="new"), 303)


def _said(one: str, more: str, number: int) -> str:
    return ngettext(one, more, number) % {"num": number}


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 5


def _preview(campaign: str, name: str, found: CosignerList, prepared: Sequence[Prepared]) -> Preview:
    counted = Counter(one.kind for one in prepared)
    shown: dict[Kind, list[ShownRow]] = {kind: [] for kind in KINDS}
    place = -1
    for one in prepared:
        place += _is_written(one.row)
        if len(shown[one.kind]) < MOST_SHOWN:
            shown[one.kind].append(_row(place, one))
    groups = tuple(
        Group(
            kind=kind,
            label=CALLED[kind],
            done=DONE[kind],
            count=counted[kind],
            rows=tuple(shown[kind]),
            more=counted[kind] - len(shown[kind]),
        )
        for kind in KINDS
        if counted[kind]
    )
    return Preview(
        campaign=campaign,
        into=name,
        notes=found.notes,
        groups=groups,
        saves=counted["new"] + counted["changed"] + counted["doubtful"],
        source=csv_out.write(_again(found.rows)).decode("utf-8-sig"),
    )


def _again(rows: Sequence[Row]) -> list[list[str]]:
    """Return the rows of a list as they are read once more."""
    columns = [name for name in lists.HEADINGS if name not in ("website", "more")]
    named = sorted({name for row in rows for name in row.other if name[:5] in ("name_", "name ") and len(name) == 7})
    written = [[*(lists.HEADINGS[name] for name in (*columns, "website", "more")), *named]]
    for row in filter(_is_written, rows):
        typed = [getattr(row.cosigner, name) for name in columns]
        written.append(
            [*typed, row.other.get("website", ""), " ".join(row.more), *(row.other.get(name, "") for name in named)]
        )
    return written


def _is_written(row: Row) -> bool:
    """Whether there is anything in a row: one that is empty is not read again."""
    return any(getattr(row.cosigner, name) for name in cosigner_lists.WRITTEN)


def _row(place: int, one: Prepared) -> ShownRow:
    cosigner, known = one.row.cosigner, one.match.known
    person = with_title(cosigner.signatory, cosigner.title)
    parts = (cosigner.acronym, person, cosigner.contact_name, cosigner.email, *one.row.more, cosigner.country)
    return ShownRow(
        place=place,
        number=one.row.number,
        name=cosigner.organisation or one.row.source[:200],
        parts=tuple(part for part in parts if part),
        said=one.said,
        differs=tuple((_field(each.field), each.known, each.typed) for each in one.differs) if known else (),
        like=known.name if known is not None and one.kind != "same" else "",
        like_id=known.id if known is not None else "",
        why=one.match.why,
        choices=_choices(one),
    )


def _field(name: str) -> str:
    if name in FIELDS:
        return FIELDS[name].translate(get_locale())
    code = name.removeprefix("name_")
    return gettext("Name (%(language)s)") % {"language": LANGUAGES.get(code, code)}


def _choices(one: Prepared) -> dict[str, str]:
    """What may be chosen for a row, what is usual first."""
    known, leave = one.match.known, {lists.SKIP: gettext("Leave out")}
    if one.kind == "wrong" or one.kind == "same":
        return {}
    if one.match.how == "lookalike" and known is not None:
        same = gettext("It is %(name)s: update it") % {"name": known.label}
        return {lists.ADD: gettext("Add as another organisation"), known.id: same, **leave}
    if known is not None:
        return {lists.UPDATE: gettext("Update"), lists.SKIP: gettext("Leave as it is")}
    return {lists.ADD: gettext("Add"), **leave}


def export() -> Response:
    """The organisations of a list, or those that were chosen, as CSV."""
    member = staff(reader())
    ids = [known_id for known_id in request.args.getlist("id") if len(known_id) == 32][:MOST_EXPORTED]
    if "id" not in request.args:
        asked = organisation_list.wanted(request.args)
        ids = organisation_list.ids(reader(), member, asked, MOST_EXPORTED)
    content = csv_out.write(lists.table(reader(), member, ids), get_locale())
    answer = Response(content, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=organisations-{now().date().isoformat()}.csv"
    return answer
