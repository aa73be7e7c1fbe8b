"""
An act that concerns every co-signer: the letter's state changes at once, the rest is done piece by piece.

The act begins a new round of the letter, which says what is due to each co-signer, and since which round. What is left
is who has not been brought up to the newest round: that stands in the rows, so nothing is done twice or forgotten,
whatever process ends, and whatever is moved, added or answered meanwhile. A newer act takes over what an older one has
left undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select

from workflow import history
from workflow.campaigns import after_sending, contacts, reminders, reviving, rounds
from workflow.campaigns.telling import Event
from workflow.history import Actor
from workflow.mails import final_copy
from workflow.models import Batch, Invitation, Letter, Signoff, new_id, now
from workflow.states import may
from workflow.states.invitation import WITHDREW
from workflow.transaction import Transaction, lock_letter
from workflow.verify.silence import Silence

AT_ONCE = 32
"""So many co-signers are brought up to a round in the act's own transaction; for more there is a job."""

Duty = Literal["ask", "ask_again", "ask_rest", "links", "copy", "tell", "remind", "ask_late", "news"]
"""
What is due to a co-signer: to be asked for an answer to the text of now (`ask`; `ask_again`: only who is to confirm;
`ask_rest`: only who has no link), another link in the place of an ended one, the copy of what was sent, to be told of
what happened (`telling`), a reminder; once the letter was sent, to be asked for a late name, to be told the `news`.
"""

ASKING: tuple[Duty, ...] = ("ask", "ask_again", "ask_rest")
OF_THE_TEXT: tuple[Duty, ...] = (*ASKING, "remind")
"""What is due no more once the text has moved on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an act has come."""

    act: str
    """The name of the step or of what was done: `circulate`, `open_sign_off`, `replace_links`, `confirm` …"""
    done: int
    total: int


def begin(
    session: Transaction, row: Letter, act: str, actor: Actor, duty: Duty, *, ended: str = "", **about: Any
) -> None:
    """
    Begin a round of a letter whose row is locked, with what is due to each co-signer.

    Few are done at once, for more a job is put on the queue. `ended` is the moment at which links were ended; `about`
    names what is copied: its `docx` and `pdf`, by their SHA-256; the notes that go with new links and reminders
    (`links_note`, `remind_note`); who alone is reminded (`remind_some`); what is told (`telling`, `news_told`);
    when it was sent (`late_sent`).
    """
    before = unfinished(session, row.id)
    row.round += 1
    session.flush()
    owed = before.about if before else {}
    moments = [*owed.get("ended", []), *filter(None, [ended])]
    due = {**owed, **about, duty: row.round, f"{duty}_act": history.present_act(session, row.id), "ended": moments}
    if duty == "tell" and "tell" in owed:
        # What is told of the same again holds in its place; of anything else both are.
        told = [*owed.get("told_before", []), [owed["tell"], owed["tell_act"], owed["telling"]]]
        due["told_before"] = [one for one in told if one[2]["kind"] != due["telling"]["kind"]]
    if before is not None:
        before.ended_at = now()
    total = session.scalar(select(func.count()).where(*_behind(row))) or 0
    batch = Batch(id=new_id(), letter_id=row.id, act=act, about=due, total=total, done=0)
    batch.actor_role, batch.actor_key = actor.role, actor.key
    if total <= AT_ONCE:
        _piece(session, row, batch, AT_ONCE, None)
        return
    session.add(batch)
    session.flush()
    session.enqueue("batch", row.id)


def end_asking(session: Transaction, row: Letter) -> None:
    """Nobody is to be asked any more: the text has moved on. What else is due stays due."""
    batch = unfinished(session, row.id)
    if batch is None:
        return
    batch.about = {name: value for name, value in batch.about.items() if name not in OF_THE_TEXT}
    if not {"links", "copy", "tell", "news"} & batch.about.keys():
        batch.ended_at = now()


def unfinished(session: Transaction, letter_id: str) -> Batch | None:
    """Return what is left of an act on a letter; the newest act has taken over what those before it left."""
    query = select(Batch).where(Batch.letter_id == letter_id, Batch.ended_at.is_(None))
    return session.scalar(query.execution_options(populate_existing=True))


def asking(session: Transaction, letter_id: str) -> Progress | None:
    """Return how far the asking for answers to the present text has come, while it has not come to everybody."""
    batch = unfinished(session, letter_id)
    if batch is None or not set(ASKING) & batch.about.keys():
        return None
    return Progress(batch.act, batch.done, batch.total)


def left(session: Transaction) -> Iterator[str]:
    """Return every letter that an act is to be gone on with."""
    yield from session.scalars(select(Batch.letter_id).where(Batch.ended_at.is_(None)).distinct())


def piece(session: Transaction, letter_id: str, most: int, known: Silence | None = None) -> int:
    """
    Go on with what is left of an act, for at most so many co-signers; returns for how many, 0 when nothing is left.

    `known` is the letter's record of what silence rests on, where it was read already.
    """
    row = lock_letter(session, letter_id)
    batch = unfinished(session, letter_id)
    if row is None or batch is None:
        return 0
    done = _piece(session, row, batch, most, known)
    batch.done += done
    if done < most:
        batch.ended_at = now()
    return done


def _behind(row: Letter) -> tuple[Any, ...]:
    return Invitation.letter_id == row.id, Invitation.round < row.round


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some co-signers that are brought up to the newest round, in the order of the list."""

    session: Transaction
    row: Letter
    about: dict[str, Any]
    rounds: dict[str, int]
    """The round that each was brought up to before."""

    def owed(self, duty: Duty) -> list[str]:
        """To whom something is due: it came with a round that has not reached them."""
        since = self.about.get(duty, 0)
        return [of for of, reached in self.rounds.items() if reached < since]

    def tellings(self) -> Iterator[tuple[int | None, Event, list[str]]]:
        """Yield what is told to some of them, the older first: the act that brought it, the event, to whom."""
        about = self.about
        newest = [about["tell"], about["tell_act"], about["telling"]] if "tell" in about else []
        for since, act, event in (*about.get("told_before", []), *filter(None, [newest])):
            owed = [of for of, reached in self.rounds.items() if reached < since]
            if owed:
                yield act, Event(**event), owed

    def go_on_with(self, *duties: Duty) -> None:
        """Let what is queued from here on belong to the newest act that brought one of these duties."""
        begun = [self.about[f"{duty}_act"] for duty in duties if self.about.get(f"{duty}_act") is not None]
        history.belongs_to(self.session, self.row.id, max(begun, default=None))


def _piece(session: Transaction, row: Letter, batch: Batch, most: int, known: Silence | None) -> int:
    found = select(Invitation.id, Invitation.round).where(*_behind(row)).order_by(Invitation.position).limit(most)
    these = _Piece(session, row, batch.about, {one.id: one.round for one in session.execute(found)})
    if not these.rounds:
        return 0
    _revive(these, Actor(batch.actor_role, batch.actor_key))
    to_ask = _to_ask(these)
    linked = _with_other_links(these, Actor(batch.actor_role, batch.actor_key)) - to_ask
    these.go_on_with(*ASKING)
    rounds.write_to(session, row, [of for of in these.rounds if of in to_ask], known)
    note = these.about.get("links_note") or ""
    these.go_on_with("links")
    rounds.write_to(session, row, [of for of in these.rounds if of in linked], known, note=note)
    these.go_on_with("remind")
    _remind(these)
    these.go_on_with("copy")
    _copy(these)
    _tell(these, to_ask, Actor(batch.actor_role, batch.actor_key))
    these.go_on_with("ask_late")
    _ask_late(these)
    these.go_on_with("news")
    after_sending.tell(session, row, these.rounds.items(), batch.about.get("news_told", []))
    rounds.reached(session, row, list(these.rounds))
    return len(these.rounds)


def _to_ask(these: _Piece) -> set[str]:
    """Settle what they stand by, and return who is to be asked now."""
    if not these.row.is_with_cosigners:
        return set()
    owed = {duty: these.owed(duty) for duty in ASKING}
    states = rounds.settle_those(these.session, these.row, [of for some in owed.values() for of in some])
    may_be_asked = {of for of in owed["ask"] if may("write_to", these.row.state, states[of])}
    asked = {of for of in may_be_asked if states[of] not in WITHDREW}
    without = rounds.without_link(these.session, owed["ask_rest"])
    rest = {of for of in without if may("write_to", these.row.state, states[of])}
    return asked | rest | {of for of in owed["ask_again"] if states[of] == "to_confirm"}


def _with_other_links(these: _Piece, actor: Actor) -> set[str]:
    """Give those another link whose own was ended for all, and return who is to be told of it by mail."""
    owed = these.owed("links")
    if not owed:
        return set()
    session, row = these.session, these.row
    replaced = rounds.without_link_since(session, owed, these.about["ended"])
    rounds.replace_links(session, row, replaced, actor)
    found = select(Invitation.id, Invitation.state, Invitation.email).where(Invitation.id.in_(replaced))
    told = {i.id for i in session.execute(found) if i.email and may("write_to", row.state, i.state)}
    silent = [of for of in replaced if of not in told]
    rounds.new_links(session, silent)
    found_others = contacts.others(session, silent)
    rounds.new_contact_links(session, {one.id: of for of, several in found_others.items() for one in several})
    return told


def _remind(these: _Piece) -> None:
    """Remind those of them who are silent still, all or some."""
    owed, about = these.owed("remind"), these.about
    some = about.get("remind_some")
    owed = [of for of in owed if some is None or of in some]
    if owed:
        reminders.remind_those(these.session, these.row, owed, about["remind_act"], about.get("remind_note") or "")


def is_reminding(session: Transaction, letter_id: str) -> bool:
    """Whether reminders by hand are still being written."""
    batch = unfinished(session, letter_id)
    return batch is not None and "remind" in batch.about


def _copy(these: _Piece) -> None:
    """Queue the copies of what was sent to those whose sign-offs count."""
    row, owed = these.row, these.owed("copy")
    if not owed or row.revision is None:
        return
    counting = (
        select(Invitation.id, Invitation.email, Signoff.id, Invitation.position)
        .join(Signoff, Signoff.invitation_id == Invitation.id)
        .where(Invitation.id.in_(owed), Invitation.can_count, Invitation.email != "")
        .where(Signoff.digest == row.revision.digest, Signoff.retracted_at.is_(None), ~Signoff.late)
    )
    signed = [final_copy.ToCopy(*one[:3]) for one in these.session.execute(counting.order_by(Invitation.position))]
    others = contacts.others(these.session, [one.invitation_id for one in signed])
    signed += [
        one._replace(address=other.email, contact=other.id) for one in signed for other in others[one.invitation_id]
    ]
    final_copy.queue(these.session, row, signed, these.about["docx"], these.about["pdf"])


def _ask_late(these: _Piece) -> None:
    """Ask those of them for a late name that may still sign."""
    owed = these.owed("ask_late")
    if owed:
        after_sending.ask(these.session, these.row, owed, these.about["late_sent"])


def tell_news(session: Transaction, row: Letter, act: str, actor: Actor, event: Event) -> None:
    """Tell all whose signatures stand on what was sent, besides what is still to be told of before."""
    before = unfinished(session, row.id)
    news = [*(before.about.get("news_told", []) if before else []), (row.round + 1, event.as_json())]
    begin(session, row, act, actor, "news", news_told=news)


def _revive(these: _Piece, actor: Actor) -> None:
    """Let those answer again who had lapsed, before they are asked: that the deadline moved comes to them here."""
    to_ask = set(these.owed("ask"))
    for act, event, owed in these.tellings():
        these_here = [of for of in owed if of in to_ask]
        if these_here and reviving.is_of_deadline(event):
            history.belongs_to(these.session, these.row.id, act)
            reviving.revive(these.session, these.row, these_here, actor)


def _tell(these: _Piece, asked: set[str], actor: Actor) -> None:
    """Tell those of what happened who are to be told of it; who is asked just now reads there by when to answer."""
    for act, event, owed in these.tellings():
        to = [of for of in owed if of not in asked] if reviving.is_of_deadline(event) else owed
        if to:
            history.belongs_to(these.session, these.row.id, act)
            reviving.tell_piece(these.session, these.row, to, event, actor)
