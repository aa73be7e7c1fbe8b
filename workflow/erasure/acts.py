"""
An erasure from its beginning to its end: begun in one transaction, gone on with in many, ended with the files scrubbed.

It is gone on with after a crash, by the command, a job or the sweep: what is left of it is read from the tables. Two at
once do no harm: each piece locks its letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select

from workflow import states
from workflow.campaigns import digests
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.office_replies import reply_of
from workflow.clock import now
from workflow.database import Database
from workflow.erasure import elsewhere, in_letter, outside, replies, whole_letter
from workflow.erasure.letters import letters_of
from workflow.erasure.person import Person, person_at
from workflow.erasure.scrub import scrub
from workflow.erasure.share import Share
from workflow.errors import InputError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.models import Erasure, Letter, OfficeReply
from workflow.transaction import Transaction, lock_letter

Watch = Callable[[str], None]

GROUNDS = {
    "request": lazy_gettext("The person asked for it"),
    "consent": lazy_gettext("Consent was withdrawn"),
    "retention": lazy_gettext("It has been kept long enough"),
    "mistake": lazy_gettext("It should never have been kept"),
}
"""Why something is erased: it stands in the history."""


def _unwatched(step: str) -> None:
    """Nobody looks on."""


def begin_person(
    session: Transaction,
    address: str,
    ground: str,
    actor: Actor,
    *,
    letter_id: str | None = None,
    campaign_id: str | None = None,
    documents: bool = False,
) -> Erasure:
    """
    Begin to erase somebody: in one letter, in a campaign, or everywhere.

    Raises `InputError` for what is no address; `RefusedError` for an account that is in use.
    """
    _check_ground(ground)
    person = person_at(typed.address(address.strip()))
    if not person.address:
        raise InputError(email=lazy_gettext("Enter an email address."))
    _check_works_here_no_more(session, person)
    return _begin(
        session, what="person", mark=outside.mark_of(session, person.address), ground=ground,
        sealed=session.tokens.encrypt(person.address.encode()), letter_id=letter_id, campaign_id=campaign_id,
        documents=documents, actor_role=actor.role, actor_key=actor.key,
    )  # fmt: skip


def begin_letter(session: Transaction, letter_id: str, ground: str, actor: Actor) -> Erasure:
    """Begin to erase a whole letter. Raises `RefusedError` for one that is not over, or under a legal hold."""
    _check_ground(ground)
    letter = locked_letter(session, letter_id)
    states.check("erase", letter.state)
    if letter.legal_hold:
        raise RefusedError(lazy_gettext("The letter is under a legal hold: %(why)s", why=letter.legal_hold))
    if letter.erased_at is not None:
        raise RefusedError(lazy_gettext("This letter was erased already."))
    given = {"actor_role": actor.role, "actor_key": actor.key, "documents": True}
    return _begin(session, what="letter", letter_id=letter.id, ground=ground, **given)


def begin_reply(session: Transaction, letter_id: str, reply_id: str, ground: str, actor: Actor) -> Erasure:
    """Begin to erase one reply of an office: its words and its file. Raises `RefusedError` under a legal hold."""
    _check_ground(ground)
    letter = locked_letter(session, letter_id)
    if letter.legal_hold:
        raise RefusedError(lazy_gettext("The letter is under a legal hold: %(why)s", why=letter.legal_hold))
    reply = reply_of(session, letter, reply_id)
    given = {"actor_role": actor.role, "actor_key": actor.key, "documents": True}
    return _begin(session, what="reply", mark=reply.id, letter_id=letter.id, ground=ground, **given)


def _check_ground(ground: str) -> None:
    if ground not in GROUNDS:
        raise InputError(ground=lazy_gettext("Select why."))


def _check_works_here_no_more(session: Transaction, person: Person) -> None:
    user = elsewhere.account(session, person)
    if user is not None and user.deactivated_at is None:
        raise RefusedError(
            lazy_gettext("%(who)s can still sign in. Deactivate the account first.", who=user.email),
        )


def _begin(session: Transaction, **fields: Any) -> Erasure:
    erasure = Erasure(**fields, begun_at=now(), done={})
    session.add(erasure)
    session.flush()
    session.enqueue("erase", erasure.id)
    return erasure


def again(session: Transaction, said: dict[str, Any]) -> Erasure | None:
    """Begin an erasure again that a restored database knows nothing of; None where there is nothing of it here."""
    actor = {"actor_role": said["actor_role"], "actor_key": said["actor_key"]}
    fields = {name: said[name] for name in ("id", "what", "mark", "letter_id", "campaign_id", "documents", "ground")}
    if said["what"] == "letter":
        found = said["letter_id"] and session.get(Letter, said["letter_id"])
    elif said["what"] == "reply":
        found = session.get(OfficeReply, said["mark"])
    else:
        found = outside.address_of(session, said["mark"])
    if not found:
        session.add(Erasure(**fields, **actor, begun_at=said["begun_at"], ended_at=now(), done={"nothing": 1}))
        return None
    sealed = session.tokens.encrypt(found.encode()) if isinstance(found, str) else None
    return _begin(session, **fields, **actor, sealed=sealed)


def unfinished(session: Transaction) -> list[str]:
    """Return the erasures that are under way, the oldest first."""
    query = select(Erasure.id).where(Erasure.ended_at.is_(None)).order_by(Erasure.begun_at, Erasure.id)
    return list(session.scalars(query))


def go_on(database: Database, erasure_id: str, watch: Watch = _unwatched, *, scrubs: bool = True) -> Erasure:
    """
    Go on with an erasure until it is done; `watch` is told each step: tests end the process inside it.

    Letters that may not be touched are left, and `done` says which and why.
    """
    with database.reading() as session:
        erasure = session.get_one(Erasure, erasure_id)
        outside.keep(database.settings, erasure)
        if erasure.ended_at is not None:
            return erasure
        sealed = session.tokens.decrypt(erasure.sealed).decode() if erasure.sealed else ""
    watch("kept_outside")
    actor = Actor(erasure.actor_role, erasure.actor_key)
    if erasure.what == "letter":
        done = _letter(database, erasure, actor, watch)
        if database.settings.keeps_mails_here and "left" not in done:
            with database.reading() as session:
                mails = elsewhere.mails_of(session, erasure.letter_id or "")
            elsewhere.erase_in_mailbox(database.settings.mailbox, None, mails)
    elif erasure.what == "reply":
        done = _reply(database, erasure, actor)
    else:
        done = _person(database, erasure, person_at(sealed), actor, watch)
    watch("before_the_end")
    return _end(database, erasure_id, done, watch, scrubs=scrubs)


def _letter(database: Database, erasure: Erasure, actor: Actor, watch: Watch) -> dict[str, Any]:
    done: dict[str, Any] = {}
    while True:
        with database.writing() as session:
            letter = lock_letter(session, erasure.letter_id or "")
            if letter is None or letter.erased_at is not None:
                return done
            if letter.legal_hold:
                return done | {"left": {letter.id: in_letter.HOLD}}
            if not whole_letter.is_begun(session, letter.id):
                whole_letter.begin(session, letter, erasure.ground, actor)
                some = {"begun": 1}
            else:
                some = whole_letter.erase_some(session, letter, erasure.ground, actor)
            watch("in_a_piece")
        watch("after_a_piece")
        done = _added(done, some)
        if not some:
            return done


def _reply(database: Database, erasure: Erasure, actor: Actor) -> dict[str, Any]:
    letter_id = erasure.letter_id or ""
    with database.writing() as session:
        letter = locked_letter(session, letter_id)
        if letter.legal_hold:
            return {"left": {letter.id: in_letter.HOLD}}
        share = replies.erase(session, letter, erasure.mark, erasure.ground, actor)
    return {"left": {letter_id: in_letter.WAITING}} if share is None else _added({}, counted(share))


def _person(database: Database, erasure: Erasure, person: Person, actor: Actor, watch: Watch) -> dict[str, Any]:
    done: dict[str, Any] = {}
    left: dict[str, str] = {}
    with database.reading() as session:
        person = elsewhere.names_of(session, person)
        letters = letters_of(session, person, erasure.letter_id, erasure.campaign_id)
    for letter_id in letters:
        why, some = _in_letter(database, letter_id, person, erasure, actor, watch)
        done = _added(done, some)
        if why:
            left[letter_id] = why
    with database.writing() as session:
        if erasure.letter_id is None and erasure.campaign_id is None:
            done = _added(done, elsewhere.erase(session, person))
        elif erasure.campaign_id is not None:
            done = _added(done, {"auditor links": elsewhere.links(session, person, erasure.campaign_id)})
    if database.settings.keeps_mails_here:
        with database.reading() as session:
            mails = elsewhere.mails_erased(session, letters)
        named = person if erasure.letter_id is None and erasure.campaign_id is None else None
        number = elsewhere.erase_in_mailbox(database.settings.mailbox, named, mails)
        done = _added(done, {"mails in the local mailbox": number})
    return done | ({"left": left} if left else {})


def _in_letter(
    database: Database, letter_id: str, person: Person, erasure: Erasure, actor: Actor, watch: Watch
) -> tuple[str, dict[str, int]]:
    done: dict[str, int] = {}
    while True:
        with database.writing() as session:
            letter = locked_letter(session, letter_id)
            why = in_letter.why_left(letter, person, session)
            if why:
                return why, done
            whole, share = in_letter.erase_some(
                session, letter, person, erasure.ground, actor, documents=erasure.documents
            )
            watch("in_a_piece")
        watch("after_a_piece")
        done = _added(done, counted(share))
        if whole:
            return in_letter.SENDING if share.sending else in_letter.WAITING if share.waiting else "", done


def counted(share: Share) -> dict[str, int]:
    """Return how many of what a share is."""
    return {
        "letters": int(not share.is_empty),
        "openings": len(share.entries),
        "emails": len(share.deliveries) + len(share.mails),
        "documents": len(share.documents),
    }


def _added(done: dict[str, Any], some: dict[str, int]) -> dict[str, Any]:
    return done | {what: done.get(what, 0) + number for what, number in some.items() if number}


def _end(database: Database, erasure_id: str, done: dict[str, Any], watch: Watch, *, scrubs: bool) -> Erasure:
    with database.writing() as session:
        erasure = session.get_one(Erasure, erasure_id)
        if in_letter.SENDING not in (done.get("left") or {}).values():
            # Otherwise an email is just being sent: the sweep goes on with it.
            erasure.sealed, erasure.ended_at = None, now()
        erasure.done = done
        digests.forget(session, unsent=True)
    watch("ended")
    if scrubs and erasure.ended_at is not None:
        why = scrub(database)
        if why:
            note_unscrubbed(database, erasure_id, why)
    return erasure


def note_unscrubbed(database: Database, erasure_id: str, why: str) -> None:
    """Keep that the files still hold what was deleted: the hourly job tries again."""
    with database.writing() as session:
        erasure = session.get_one(Erasure, erasure_id)
        erasure.done = erasure.done | {"unscrubbed": why}


def scrub_again(database: Database) -> None:
    """Scrub the files where that could not be done yet."""
    with database.reading() as session:
        waiting = [one.id for one in session.scalars(select(Erasure)) if "unscrubbed" in (one.done or {})]
    if not waiting or scrub(database):
        return
    with database.writing() as session:
        for erasure in session.scalars(select(Erasure).where(Erasure.id.in_(waiting))):
            erasure.done = {what: number for what, number in erasure.done.items() if what != "unscrubbed"}


def left(erasure: Erasure) -> Iterable[tuple[str, str]]:
    """Give the letters that an erasure has left as they were, and why: a word of the program."""
    yield from ((erasure.done or {}).get("left") or {}).items()
