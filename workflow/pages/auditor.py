"""The auditor's pages: a letter's whole history in plain words, its revisions, the evidence to take away."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from workflow import accounts, documents, history
from workflow.campaigns.roster import roster
from workflow.errors import NotFoundError
from workflow.history import Actor, actions
from workflow.models import Letter, Revision
from workflow.names import names
from workflow.pages import history_view, paper
from workflow.pages.context import reader
from workflow.pages.desk import agreed as who_agreed
from workflow.pages.desk import exports, integrity, timeline
from workflow.pages.desk import letters as all_of
from workflow.pages.desk.asked import asked
from workflow.pages.desk.entry import opened as opened_entry
from workflow.pages.desk.letters import Desk
from workflow.pages.rate_limits import limiter
from workflow.pages.staff import head, known_pages, times
from workflow.pages.staff.account import staff
from workflow.pages.staff.head import Head
from workflow.pages.staff.letter_list import SHOWN as STATES

blueprint = Blueprint("auditor", __name__)
TAKEN = "120 per hour"
"""So often one reader takes something of one letter along: each time is an entry of its record."""


def by_reader() -> str:
    """Count by the letter, and by the member or the link that reads it."""
    return f"{staff(reader()).id} {(request.view_args or {}).get('letter_id')}"


def _was_given(answer: Response) -> bool:
    """Whether something was taken along: a file that is not there is on no record."""
    return answer.status_code == 200


record_limit = limiter.shared_limit(TAKEN, "taken along", key_func=by_reader, deduct_when=_was_given)


@blueprint.get("/audit")
def all_letters() -> str:
    """All letters that one may see, and who did what in them, when."""
    user = staff(reader())
    campaigns = all_of.campaigns_of(reader(), user)
    return desk_page(all_of.desk(reader(), campaigns, all_of.asked(request.args), user.timezone or "UTC"))


def desk_page(desk: Desk, visits: Sequence[object] = ()) -> str:
    """Return the page over all letters of some campaigns; `visits` says by which links they are read."""
    states = {name: label for name, (label, _) in STATES.items()}
    acts = {name: label for name, (label, _) in all_of.ACTS.items()}
    return render_template("desk.html", desk=desk, states=states, acts=acts, visits=visits)


def _readable(letter_id: str) -> Letter:
    return accounts.letter_for(reader(), staff(reader()), letter_id, "auditor")


@blueprint.get("/letters/<id:letter_id>/history")
def letter_history(letter_id: str) -> str:
    """A letter's life in plain words, as its address filters it; what was checked of it and when."""
    letter = _readable(letter_id)
    held = integrity.of(reader(), letter, everything=request.args.get("check") == "everything")
    return render_template(
        "history.html",
        head=_head(letter),
        letter=letter,
        page=timeline.page(reader(), letter, asked(request.args), held.known.size),
        held=held,
        moment=lambda moment: times.said(moment, letter),
        revisions=history_view.revisions(reader(), letter),
    )


def _head(letter: Letter) -> Head:
    return head.of(letter, accounts.role_in(reader(), staff(reader()), letter.campaign) == "coordinator")


@blueprint.get("/letters/<id:letter_id>/history/<int:sequence>")
def entry(letter_id: str, sequence: int) -> str:
    """One entry, opened to its bytes."""
    letter = _readable(letter_id)
    return render_template(
        "history/entry.html",
        letter=letter,
        entry=opened_entry(reader(), letter, sequence),
        moment=lambda moment: times.said(moment, letter),
    )


@blueprint.get("/letters/<id:letter_id>/history/<int:sequence>/<part>")
def entry_part(letter_id: str, sequence: int, part: str) -> Response:
    """The exact bytes of an entry, its proof in the newest checkpoint, or what opens its commitment, as a file."""
    letter = _readable(letter_id)
    found = opened_entry(reader(), letter, sequence)
    if part == "proof":
        return _file(history.proof(reader(), letter.id, sequence), f"entry-{sequence}.tlog-proof")
    if part not in ("entry", "opening") or (part == "opening" and not found.opening):
        raise NotFoundError("There is nothing of this entry that is called so, or it is not shown.")
    content, name = (found.opening, "opening") if part == "opening" else (found.text, "entry")
    return _file(content, f"{name}-{sequence}.json")


def _file(content: str, name: str) -> Response:
    answer = Response(content.encode(), mimetype="application/json" if name.endswith(".json") else "text/plain")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/letters/<id:letter_id>/revisions/<int:number>")
def revision(letter_id: str, number: int) -> str:
    """One frozen text, and what changed since the one before."""
    letter = _readable(letter_id)
    found = next((r for r in letter.revisions if r.number == number), None)
    if found is None:
        raise NotFoundError("There is no such revision.")
    before = next((r for r in letter.revisions if r.number == number - 1), None)
    return render_template(
        "revision.html",
        letter=letter,
        revision=found,
        moment=lambda moment: times.said(moment, letter),
        before=before,
        paper=paper.printed(found.text(), letter, number, names(reader(), letter)),
        changes=documents.changed(before.text(), found.text()) if before else [],
    )


@blueprint.get("/letters/<id:letter_id>/revisions/<int:number>/changes.docx")
def redline(letter_id: str, number: int) -> Response:
    """What changed since the revision before, as tracked changes."""
    letter = _readable(letter_id)
    texts = {revision.number: revision for revision in letter.revisions}
    if number not in texts or number - 1 not in texts:
        raise NotFoundError("There is no such revision.")
    return paper.redline(letter, texts[number - 1], texts[number])


@blueprint.get("/letters/<id:letter_id>/compare")
def compare(letter_id: str) -> str:
    """What changed between any two versions."""
    letter = _readable(letter_id)
    before, after = _two(letter)
    return render_template(
        "compare.html",
        letter=letter,
        before=before,
        after=after,
        numbers=[number for number, _ in history_view.revisions(reader(), letter)],
        changes=documents.changed(before.text(), after.text()),
    )


@blueprint.get("/letters/<id:letter_id>/compare.docx")
def compared(letter_id: str) -> Response:
    """The same as tracked changes."""
    letter = _readable(letter_id)
    return paper.redline(letter, *_two(letter))


def _two(letter: Letter) -> tuple[Revision, Revision]:
    """The two versions that an address names; where it names none, the last two."""
    known = {revision.number: revision for revision in letter.revisions}
    if not known:
        raise NotFoundError("No text is locked yet.")
    newest = max(known)
    before = request.args.get("from", max(1, newest - 1), type=int)
    after = request.args.get("to", newest, type=int)
    if before not in known or after not in known:
        raise NotFoundError("There is no such revision.")
    return known[before], known[after]


@blueprint.get("/letters/<id:letter_id>/agreed")
def agreed(letter_id: str) -> str:
    """Who agreed to what: each printed name, its version, its moment, what it rests on."""
    letter = _readable(letter_id)
    return render_template(
        "agreed.html",
        head=_head(letter),
        letter=letter,
        page=who_agreed.page(reader(), letter, request.args.get("start", 0, type=int)),
        zip_of=known_pages.endpoint_of("/letters/<id:letter_id>/signoffs/<int:sequence>.zip"),
    )


@blueprint.get("/letters/<id:letter_id>/agreed.<form>")
@record_limit
def agreed_as(letter_id: str, form: str) -> Response:
    """The same as CSV, JSON or a Word document, on the record."""
    letter = _readable(letter_id)
    if form not in who_agreed.FORMS:
        raise NotFoundError("There is no such file.")
    session, by = reader(), _actor(letter)
    rows = len(roster(session, letter).printed)
    taken = actions.HistoryExported(what="agreed", form=form, show="agreed", rows=rows, link=_link())
    content = exports.recorded(who_agreed.FORMS[form], letter.id, by, lambda: taken)
    return exports.file(letter, "agreed", form, content)


@blueprint.get("/letters/<id:letter_id>/history.<form>")
@record_limit
def exported(letter_id: str, form: str) -> Response:
    """The history as it is filtered, as CSV, JSON or a Word document, on the record."""
    letter = _readable(letter_id)
    if form not in exports.FORMS:
        raise NotFoundError("There is no such file.")
    return exports.history(reader(), letter, asked(request.args), form, _actor(letter), _link())


def _actor(letter: Letter) -> Actor:
    """Who takes something along: a coordinator, an auditor, or whoever came by a link."""
    user = staff(reader())
    role = accounts.role_in(reader(), user, letter.campaign)
    return history.coordinator(user.id) if role == "coordinator" else Actor("auditor", user.id)


@blueprint.get("/letters/<id:letter_id>/signoffs/<int:sequence>.zip")
@record_limit
def one(letter_id: str, sequence: int) -> Response:
    """The evidence of one sign-off, with nothing of the other signatories; none of an organisation that is withheld."""
    letter = _readable(letter_id)
    from workflow.history import evidence, one_signoff

    try:
        invitation_id = one_signoff.invitation_of(reader(), letter.id, sequence)
    except LookupError:
        raise NotFoundError("There is no such sign-off.") from None
    found = one_signoff.files(reader(), letter.id, invitation_id, sequence)
    taken = actions.HistoryExported(
        what="signoff",
        form="zip",
        show="all",
        rows=found["entries.jsonl"].count(b"\n"),
        first=sequence,
        end=sequence + 1,
        link=_link(),
        invitations=1,
    )
    return _zip(letter, f"signoff-{sequence}.zip", evidence.packed(found), taken)


@blueprint.get("/letters/<id:letter_id>/evidence.zip")
@record_limit
def take_away(letter_id: str) -> Response:
    """Everything that an auditor needs to check the letter without this server."""
    letter = _readable(letter_id)
    from workflow.history import evidence

    found = evidence.files(reader(), letter.id)
    rows = found["entries.jsonl"].count(b"\n")
    taken = actions.HistoryExported(what="evidence", form="zip", show="all", rows=rows, link=_link())
    return _zip(letter, f"evidence-{letter.id[:8]}.zip", evidence.packed(found), taken)


def _link() -> str | None:
    """By which link to read somebody takes something along, where it is by one."""
    user = staff(reader())
    return user.id if user.reads else None


def _zip(letter: Letter, name: str, content: bytes, taken: actions.HistoryExported) -> Response:
    """Return evidence as a file; what it holds is from before the entry that says that it was taken."""
    given = exports.recorded(lambda _, __: iter([content]), letter.id, _actor(letter), lambda: taken)
    answer = Response(given, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.content_length = len(content)
    return answer
