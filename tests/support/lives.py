"""The life of a letter as a random walk, beside a model of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.factories import ANNA, cosigners, terms, words
from tests.support.recording import step_of
from tests.vectors import rfc6962
from workflow import history, merkle, states
from workflow.campaigns import conditions, drafts, lifecycle, lookup, printing
from workflow.campaigns import dispatch as campaign_dispatch
from workflow.campaigns import four_eyes as campaign_four_eyes
from workflow.campaigns import invitations as campaign_invitations
from workflow.campaigns.roster import roster
from workflow.database import Database
from workflow.errors import NotFoundError, RefusedError
from workflow.history.log import sign_all
from workflow.models import Delivery, Letter, LogHead, now
from workflow.signoffs import answers, conditional, four_eyes, review, tacit_consent
from workflow.signoffs.answers import Answer
from workflow.states import DeliveryFacts

BODIES = ("One.", "Two.", "Three.")


@dataclass
class Model:
    """What should be, in plain Python."""

    letter: str = "drafting"
    body: str = BODIES[0]
    current: str | None = None
    invitations: list[str] = field(default_factory=lambda: ["invited"] * 3)
    signed: list[set[str]] = field(default_factory=lambda: [set(), set(), set()])
    transitions: int = 0
    objections: bool = False
    """A small correction is before them, and silence will count."""
    by_hand: list[str | None] = field(default_factory=lambda: [None] * 3)
    silent: list[set[str]] = field(default_factory=lambda: [set(), set(), set()])
    """Of what it stands on, what silence has kept: another sign-off by hand ends that."""
    told: list[bool] = field(default_factory=lambda: [False] * 3)
    """Its mail server has taken the mail with the correction, and its time to object has passed since."""

    agreed: list[str | None] = field(default_factory=lambda: [None] * 3)
    """The text that it agreed to before that was there."""
    spoke: list[bool] = field(default_factory=lambda: [False] * 3)
    two: list[bool] = field(default_factory=lambda: [False] * 3)
    """Two have to sign for it."""
    proposed: list[str | None] = field(default_factory=lambda: [None] * 3)
    """The text that one proposed to sign, and another has not confirmed."""
    alone: list[bool] = field(default_factory=lambda: [False] * 3)
    """One alone gave its last sign-off by hand."""
    by_second: list[bool] = field(default_factory=lambda: [False] * 3)
    """Its last answer came by a link to confirm."""

    def counting(self) -> list[int]:
        return [n for n, state in enumerate(self.invitations) if state == "signed" and self.current in self.signed[n]]


def life(database: Database, later: Callable[..., None]) -> type[RuleBasedStateMachine]:
    """Return the machine's class, bound to one database; every example is one transaction, rolled back at its end."""

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.scope = database.writing()
            self.session = self.scope.__enter__()
            self.session.begin_nested()
            row = drafts.take_in(
                self.session,
                words(body=BODIES[0]),
                cosigners(3, 1),
                ANNA,
                dated=None,
                terms=terms(minimum=2, objection_hours=1),
            )
            self.letter_id = row.id
            self.model = Model()
            self.digests = {body: words(body=body).digest() for body in BODIES}
            self.known = 0

        def teardown(self) -> None:
            self.session.rollback()
            self.scope.__exit__(None, None, None)

        def row(self) -> Letter:
            return self.session.get_one(Letter, self.letter_id)

        def attempt(self, allowed: bool, act, *arguments, **named) -> bool:
            """Do an act; it must succeed exactly when the model allows it."""
            try:
                act(self.session, *arguments, **named)
                self.session.flush()
            except (RefusedError, NotFoundError):
                assert not allowed, f"{act.__name__} was refused"
                return False
            assert allowed, f"{act.__name__} was not refused"
            return True

        def move(self, letter: str) -> None:
            self.model.letter = letter
            self.model.transitions += 1

        def opened(self, objections: bool = False) -> None:
            model = self.model
            model.objections, model.told, model.spoke = objections, [False] * 3, [False] * 3
            self.opened_at = min((m.queued_at for m in self.mails()[self.known :]), default=now())
            self.known = len(self.mails())
            model.current = self.digests[model.body]
            for n, state in enumerate(model.invitations):
                counts = model.current in model.signed[n]
                if state == "signed" and not counts:
                    model.invitations[n] = "to_confirm"
                    model.transitions += 1
                elif state == "to_confirm" and counts:
                    model.invitations[n] = "signed"
                    model.transitions += 1
            self.settle_agreed()

        def settle_agreed(self) -> None:
            """Whoever agreed to this very text has signed it, if it is open for that; to any other, nothing is left."""
            model = self.model
            for n, agreed in enumerate(model.agreed):
                if agreed is None or (agreed == model.current and model.letter == "in_review"):
                    continue
                may = not model.two[n] and model.invitations[n] in ("invited", "to_confirm", "retracted")
                if agreed == model.current and may:
                    model.invitations[n] = "signed"
                    model.transitions += 1
                    self.by_hand(n, agreed)
                model.agreed[n] = None

        def by_hand(self, n: int, digest: str, *, by_two: bool = False) -> None:
            model = self.model
            model.alone[n] = not by_two
            model.signed[n] -= model.silent[n]
            model.silent[n].clear()
            model.signed[n].add(digest)
            model.by_hand[n], model.agreed[n] = digest, None
            model.proposed[n] = None

        def agreed_as_it_has_to(self, n: int) -> bool:
            """Whether as many have agreed to the rule of silence as have to sign for it now."""
            return not (self.model.two[n] and self.model.alone[n])

        def reachable(self) -> bool:
            return any(state != "revoked" for state in self.model.invitations)

        @rule()
        def circulate(self) -> None:
            if self.attempt(
                self.model.letter == "drafting" and self.reachable(), lifecycle.circulate, self.letter_id, ANNA
            ):
                self.move("in_review")
                self.opened()

        @rule()
        def open_sign_off(self) -> None:
            allowed = self.model.letter in ("drafting", "in_review") and self.reachable()
            if self.attempt(allowed, lifecycle.open_sign_off, self.letter_id, ANNA):
                self.move("sign_off")
                self.opened()

        @rule()
        def open_small_correction(self) -> None:
            """Every text here is a small correction of every other; somebody must stand on another one of them."""
            model = self.model
            digest = self.digests[model.body]
            standing = [
                state in ("signed", "to_confirm")
                and model.by_hand[n] is not None
                and digest not in model.signed[n]
                and self.agreed_as_it_has_to(n)
                for n, state in enumerate(model.invitations)
            ]
            allowed = model.letter == "drafting" and self.reachable() and any(standing)
            if self.attempt(allowed, lifecycle.open_sign_off, self.letter_id, ANNA, small_correction=True):
                self.move("sign_off")
                self.opened(objections=True)

        @rule(n=st.integers(0, 2))
        def tell(self, n: int) -> None:
            """The mail server takes the mail with the correction, and the time to object passes."""
            model, row = self.model, self.row()
            mine = [m for m in self.mails() if m.invitation_id == row.invitations[n].id and m.kind == "revised"]
            for mail in mine:
                if mail.state == "queued" and mail.about["digest"] == model.current and model.letter == "sign_off":
                    for trigger in ("claim", "hand_over", "accept"):
                        mail.settled_at = now()
                        facts, moment = DeliveryFacts(), mail.settled_at
                        history.transition(self.session, mail, step_of(mail, trigger), facts, history.SYSTEM, at=moment)
                        self.session.flush()
                    self.heard(mail)
            later(hours=1)

        def heard(self, mail: Delivery) -> None:
            """Take note of a mail that was accepted: it tells of the correction that is open, or of none."""
            n = next(n for n, one in enumerate(self.row().invitations) if one.id == mail.invitation_id)
            if self.model.objections and mail.queued_at >= self.opened_at and "objection_hours" in mail.about:
                self.model.told[n] = True

        @rule(n=st.integers(0, 2))
        def stay(self, n: int) -> None:
            """The time to object is over: who had agreed to the rule and is silent stays."""
            model, row = self.model, self.row()
            later(hours=1)
            allowed = model.objections and model.letter == "sign_off" and model.told[n]
            allowed = allowed and model.invitations[n] == "to_confirm" and model.by_hand[n] is not None
            allowed = allowed and not model.spoke[n] and self.agreed_as_it_has_to(n)
            if self.attempt(allowed, tacit_consent.carry_over, row.invitations[n].id, self.letter_id):
                model.invitations[n] = "signed"
                model.signed[n].add(model.current)
                model.silent[n].add(model.current)
                model.transitions += 1

        @rule(body=st.sampled_from(BODIES))
        def revise_to(self, body: str) -> None:
            allowed = self.model.letter in ("in_review", "sign_off", "approved")
            if self.attempt(allowed, lifecycle.revise, self.letter_id, "A reason.", ANNA):
                self.move("drafting")
                self.model.objections, self.model.proposed = False, [None] * 3
                drafts.edit(
                    self.session, self.letter_id, words(body=body), ANNA, version=self.row().version, dated=None
                )
                self.model.body = body

        @rule()
        def approve(self) -> None:
            counting = self.model.counting()
            allowed = self.model.letter == "sign_off" and len(counting) >= 2
            allowed = allowed and (0 in counting or self.model.invitations[0] == "revoked")
            if self.attempt(allowed, _approve, self.letter_id):
                self.move("approved")

        @rule()
        def reopen(self) -> None:
            if self.attempt(self.model.letter == "approved", lifecycle.reopen, self.letter_id, ANNA):
                self.move("sign_off")
                self.model.objections = False

        @rule(sure=st.integers(0, 5))
        def withdraw(self, sure: int) -> None:
            if sure:
                return
            allowed = self.model.letter in ("drafting", "in_review", "sign_off", "approved")
            if self.attempt(allowed, lifecycle.withdraw, self.letter_id, "A reason.", ANNA):
                self.move("withdrawn")
                self.model.agreed = [None] * 3

        @rule()
        def dispatch(self) -> None:
            if self.model.letter == "approved":
                made_for = printing.fingerprint(self.row())
                printing.keep_rendering(
                    self.session,
                    self.letter_id,
                    self.row().recipients[0].id,
                    made_for=made_for,
                    docx=b"PK" + made_for.encode(),
                    pdf=None,
                )
            look = printing.fingerprint(self.row())
            if self.attempt(self.model.letter == "approved", campaign_dispatch.dispatch, self.letter_id, look, ANNA):
                self.move("sending")
                self.model.agreed = [None] * 3

        def link(self, n: int) -> str | None:
            link = self.row().invitations[n].link
            return link.id if link else None

        @rule(n=st.integers(0, 2), body=st.sampled_from(BODIES))
        def sign(self, n: int, body: str) -> None:
            model, link = self.model, self.link(n)
            if link is None:
                return
            given = self.given(n, self.digests[body])
            again = model.invitations[n] == "signed" and given.digest in model.signed[n] and not model.by_second[n]
            allowed = again or (
                model.letter == "sign_off"
                and not model.two[n]
                and given.digest == model.current
                and model.invitations[n] in ("invited", "to_confirm", "retracted", "declined")
            )
            if self.attempt(allowed, answers.sign, link, given) and not again:
                model.invitations[n], model.by_second[n] = "signed", False
                self.by_hand(n, given.digest)
                model.transitions += 1

        def given(self, n: int, digest: str) -> Answer:
            """A whole answer from a page that shows what the organisation has answered so far."""
            after = answers.shown_as(self.row().invitations[n])
            said = {"name": "A Person", "title": "Director", "authorised": True, "objection_hours": 1}
            return Answer(digest=digest, after=after, **said)

        @rule(n=st.integers(0, 2), wanted=st.booleans())
        def two_have_to_sign(self, n: int, wanted: bool) -> None:
            allowed = self.model.letter in ("drafting", "in_review", "sign_off", "approved")
            invitation = self.row().invitations[n].id
            if self.attempt(allowed, campaign_four_eyes.set_wanted, self.letter_id, invitation, wanted, ANNA):
                self.model.two[n] = wanted
                self.model.agreed[n] = None if wanted else self.model.agreed[n]

        @rule(n=st.integers(0, 2))
        def it_asks_for_two(self, n: int) -> None:
            link = self.link(n)
            if link is not None and self.attempt(
                self.model.letter in ("in_review", "sign_off"), four_eyes.ask_for_two, link
            ):
                self.model.two[n], self.model.agreed[n] = True, None

        @rule(n=st.integers(0, 2), body=st.sampled_from(BODIES))
        def propose(self, n: int, body: str) -> None:
            model, link = self.model, self.link(n)
            if link is None:
                return
            given, to = self.given(n, self.digests[body]), four_eyes.Confirmer("Eve Else", "eve@example.org")
            again = model.two[n] and model.proposed[n] == given.digest == model.current
            can = model.invitations[n] in ("invited", "to_confirm", "retracted", "declined")
            allowed = model.two[n] and model.proposed[n] is None and model.letter == "sign_off"
            allowed = again or (allowed and can and given.digest == model.current)
            if self.attempt(allowed, four_eyes.propose, link, given, to):
                model.proposed[n], model.agreed[n], model.spoke[n] = given.digest, None, True

        def confirming(self, n: int) -> str | None:
            """The link by which what is proposed is to be confirmed."""
            found = campaign_four_eyes.open_one(self.session, self.row().invitations[n].id)
            return found.confirming_link_id if found is not None and self.model.proposed[n] else None

        @rule(n=st.integers(0, 2))
        def confirm_by_another(self, n: int) -> None:
            model, link = self.model, self.confirming(n)
            if link is None:
                return
            given = replace(self.given(n, model.current or ""), name="eve else")
            can = model.invitations[n] in ("invited", "to_confirm", "retracted", "declined")
            if self.attempt(model.letter == "sign_off" and can, four_eyes.confirm, link, given):
                digest = model.proposed[n]
                model.invitations[n], model.by_second[n] = "signed", True
                self.by_hand(n, digest, by_two=True)
                model.transitions += 1

        @rule(n=st.integers(0, 2))
        def refuse_to_confirm(self, n: int) -> None:
            link = self.confirming(n)
            allowed = self.model.letter == "sign_off"
            if link is not None and self.attempt(allowed, four_eyes.refuse, link, "No."):
                self.model.proposed[n] = None

        @rule(n=st.integers(0, 2))
        def withdraw_the_proposal(self, n: int) -> None:
            link = self.link(n)
            if link is not None and self.attempt(self.model.letter == "sign_off", four_eyes.withdraw, link):
                self.model.proposed[n] = None

        @rule(n=st.integers(0, 2), body=st.sampled_from(BODIES))
        def agree(self, n: int, body: str) -> None:
            """One suggests another text, and signs if it comes."""
            model, link, row = self.model, self.link(n), self.row()
            before = row.body
            if link is None or row.state not in ("in_review", "sign_off") or body == before:
                return
            said = review.Suggestion(digest=model.current, paragraph=1, replaces=before[:-1], replacement=body[:-1])
            suggestion = review.suggest(self.session, link, said).id
            model.spoke[n] = True
            given = Answer(digest=model.current, name="A Person", title="Director", authorised=True, objection_hours=1)
            may = ("invited", "to_confirm", "retracted", "signed")
            allowed = model.agreed[n] is None and model.invitations[n] in may
            allowed = allowed and self.digests[body] not in model.signed[n] and not model.two[n]
            if self.attempt(allowed, conditional.agree, link, suggestion, self.digests[body], given):
                model.agreed[n] = self.digests[body]

        @rule(n=st.integers(0, 2))
        def take_back(self, n: int) -> None:
            link = self.link(n)
            allowed = self.model.letter not in ("sending", "sent", "withdrawn")
            if link is not None and self.attempt(allowed, conditional.take_back, link):
                self.model.agreed[n] = None

        @rule(n=st.integers(0, 2))
        def decline(self, n: int) -> None:
            model, link = self.model, self.link(n)
            if link is None:
                return
            again = model.invitations[n] == "declined"
            allowed = again or (
                model.letter in ("in_review", "sign_off") and model.invitations[n] in ("invited", "to_confirm")
            )
            after = answers.shown_as(self.row().invitations[n])
            if self.attempt(allowed, answers.decline, link, model.current or "", "No.", after=after) and not again:
                model.invitations[n], model.agreed[n] = "declined", None
                model.proposed[n], model.by_second[n] = None, False
                model.transitions += 1

        @rule(n=st.integers(0, 2))
        def retract(self, n: int) -> None:
            model, link = self.model, self.link(n)
            if link is None:
                return
            again = model.invitations[n] == "retracted"
            allowed = again or (
                model.invitations[n] == "signed" and model.letter not in ("sending", "sent", "withdrawn")
            )
            if self.attempt(allowed, answers.retract, link) and not again:
                model.invitations[n], model.agreed[n] = "retracted", None
                model.by_second[n] = False
                model.signed[n].clear()
                model.silent[n].clear()
                model.by_hand[n] = None
                model.transitions += 1
                if model.letter == "approved":
                    self.move("sign_off")
                    model.objections = False

        @rule(n=st.integers(0, 2))
        def revoke(self, n: int) -> None:
            allowed = self.model.invitations[n] in ("invited", "to_confirm")
            allowed = allowed and self.model.letter not in ("sending", "sent", "withdrawn")
            invitation = self.row().invitations[n].id
            if self.attempt(allowed, campaign_invitations.revoke, self.letter_id, invitation, ANNA):
                self.model.invitations[n], self.model.agreed[n] = "revoked", None
                self.model.proposed[n] = None
                self.model.transitions += 1

        @rule(n=st.integers(0, 2))
        def reinvite(self, n: int) -> None:
            allowed = self.model.invitations[n] in ("declined", "lapsed", "revoked")
            allowed = allowed and self.model.letter not in ("sending", "sent", "withdrawn")
            invitation = self.row().invitations[n].id
            if self.attempt(allowed, campaign_invitations.reinvite, self.letter_id, invitation, ANNA):
                self.model.invitations[n] = "invited"
                self.model.transitions += 1

        def mails(self) -> list[Delivery]:
            return lookup.deliveries_of(self.session, self.letter_id)

        @rule(trigger=st.sampled_from(states.DELIVERY.triggers), data=st.data())
        def delivery(self, trigger: str, data) -> None:
            """Any trigger on any mail: it moves as the table says, or not at all."""
            mails = self.mails()
            if not mails:
                return
            mail = data.draw(st.sampled_from(mails))
            facts = DeliveryFacts(by_person=True)
            self.row()
            moves = [s for s in states.DELIVERY.steps if s.trigger == trigger and mail.state in s.sources]
            try:
                history.transition(self.session, mail, step_of(mail, trigger), facts, history.SYSTEM)
            except RefusedError:
                assert not moves
                return
            assert mail.state == moves[0].dest
            if mail.kind == "revised" and trigger == "accept":
                self.heard(mail)
            elif mail.kind == "revised" and trigger == "bounce":
                self.returned(mail)

        def returned(self, mail: Delivery) -> None:
            """A mail came back: whoever it was for has not been told."""
            n = next(n for n, one in enumerate(self.row().invitations) if one.id == mail.invitation_id)
            if self.model.objections and mail.queued_at >= self.opened_at:
                self.model.told[n] = False

        @precondition(lambda self: self.model.letter == "sending")
        @rule()
        def confirm(self) -> None:
            office = [m for m in self.mails() if m.recipient_id]
            accepted = any(m.state == "accepted" for m in office)
            assert campaign_dispatch.confirm(self.session, self.letter_id) is accepted
            if accepted:
                self.move("sent")

        @invariant()
        def the_database_is_as_the_model_says(self) -> None:
            row = self.row()
            self.session.flush()
            assert row.state == self.model.letter
            assert [i.state for i in row.invitations] == self.model.invitations
            assert [s.position - 1 for s in roster(self.session, row).counting] == self.model.counting()
            found = {one.invitation_id: one.digest for one in conditions.open_of(self.session, row.id)}
            assert [found.get(one.id) for one in row.invitations] == self.model.agreed

        @invariant()
        def every_change_of_state_has_exactly_one_entry(self) -> None:
            entries = history.entries(self.session, self.letter_id)
            machine = [e for e in entries if _is_transition(e.action)]
            ours = [e for e in machine if not e.action.startswith("delivery.")]
            assert len(ours) == self.model.transitions
            found = self.mails()
            mails = {m.id: m.state for m in found}
            replayed = dict.fromkeys(mails, "queued")
            for entry in machine:
                if entry.action.startswith("delivery."):
                    step = entry.action.removeprefix("delivery.")
                    delivery = entry.about["delivery"]
                    moves = [
                        s.dest for s in states.DELIVERY.steps if s.trigger == step and replayed[delivery] in s.sources
                    ]
                    replayed[delivery] = moves[0]
            assert replayed == mails
            assert sum(m.recipient_id is not None for m in found) <= 1, "the office has two letters under way"

        @invariant()
        def the_log_is_whole(self) -> None:
            sign_all(self.session)
            head = self.session.get_one(LogHead, self.letter_id, populate_existing=True)
            leaves = history.leaves(self.session, self.letter_id)
            assert head.size == len(leaves)
            assert (
                rfc6962.root_of(leaves) == merkle.Growing(head.size, [bytes.fromhex(h) for h in head.frontier]).root()
            )

    return Life


def _approve(session, letter_id: str) -> None:
    lifecycle.approve(session, letter_id, ANNA)


def _is_transition(action: str) -> bool:
    thing, _, trigger = action.partition(".")
    tables = {table.subject: table for table in states.TABLES}
    return thing in tables and trigger in tables[thing].triggers
