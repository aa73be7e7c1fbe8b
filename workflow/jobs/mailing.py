"""
Mails that are due, sent: over several kept connections, each mail marked before SMTP's final dot.

Marks and answers of all connections share their commits (`group_commit`): an answer is committed with the next mark.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from config.logs import logger
from emails.errors import DkimKeyError, HeaderError, MailTooLargeError
from emails.transport import CONNECTING, Client, Outcome, Server
from workflow import deliveries, retries
from workflow.campaigns import dispatch
from workflow.database import Database
from workflow.deliveries import Lease
from workflow.engines import PATIENT_MILLISECONDS
from workflow.errors import LinkSecretChangedError, OtherSecretError
from workflow.group_commit import GroupCommit, Pending
from workflow.history import remembered
from workflow.jobs.company import Company
from workflow.jobs.connections import Connections
from workflow.mails import return_paths
from workflow.mails.writing import Written, keep_skeleton, write_many
from workflow.models import now
from workflow.tokens import Tokens
from workflow.transaction import Transaction
from workflow.trouble import in_words, logged

Watch = Callable[[str], None]
Mark = tuple[Lease, Written]
Report = tuple[Lease, Outcome]

AT_A_TIME = deliveries.MANY
"""So many mails are claimed and written while those before them are sent."""

FEW = 4
"""So many mails are sent over one connection: to open another one takes longer."""

GLANCE_SECONDS = 0.5
"""How long an answer waits at most for a mark to share its commit with."""

AT_ONCE = timedelta(0)


class OtherBytesError(RuntimeError):
    """A mail that was offered before would have other bytes now."""


KNOWN = (HeaderError, MailTooLargeError, DkimKeyError, LinkSecretChangedError, OtherSecretError, OtherBytesError)
"""Why a mail cannot be made, in words for whoever reads its page."""


def _unwatched(step: str) -> None:
    """Nobody looks on."""


def deliver(
    database: Database, letter_id: str | None, server: Server | None, owner: str, watch: Watch = _unwatched
) -> None:
    """Send every mail of a letter that is due, over connections that nobody else uses."""
    Sender(database, GroupCommit(database), server, owner).deliver(letter_id, watch)


class Sender:
    """What sends the mails of a process; `over` lets it end early, and what it has claimed goes back."""

    def __init__(
        self,
        database: Database,
        commits: GroupCommit,
        server: Server | None,
        owner: str,
        over: threading.Event | None = None,
    ) -> None:
        self.database, self.commits, self.owner = database, commits, owner
        self.over = over or threading.Event()
        self.connections = Connections(server, database.settings.smtp_connections) if server else None

    @property
    def sends(self) -> bool:
        """Whether it has a mail server."""
        return self.connections is not None

    @property
    def largest(self) -> int | None:
        """The largest mail in bytes that the mail server takes, where it has said so by now."""
        return self.connections.largest if self.connections else None

    def deliver(self, letter_id: str | None, watch: Watch = _unwatched) -> None:
        """
        Cancel a letter's mails that are not wanted any more and send those that are due; without a server they wait.

        `watch` is told each step: tests end the process inside it.
        """
        cancel_unwanted(self.database, letter_id)
        if self.connections is None:
            return
        with self.connections.kept():
            _Sending(self, self.connections, letter_id, watch).send_all()
        cancel_unwanted(self.database, letter_id)
        watch("after_quit")


def cancel_unwanted(database: Database, letter_id: str | None) -> None:
    """Cancel a letter's mails that are not wanted any more, some at a time."""
    if letter_id is None:
        return
    with database.reading() as session:
        if not deliveries.has_unwanted(session, letter_id):
            return
    cancelled = deliveries.MANY
    while cancelled == deliveries.MANY:
        with database.writing() as session:
            cancelled = deliveries.cancel_unwanted(session, letter_id)


class _Sending:
    """One job: a letter's mails, claimed some at a time, until none is due or the mail server takes no more."""

    def __init__(self, sender: Sender, connections: Connections, letter_id: str | None, watch: Watch) -> None:
        self.database, self.commits = sender.database, sender.commits
        self.owner, self.over = sender.owner, sender.over
        self.connections, self.letter_id, self.watch = connections, letter_id, watch
        self.tokens = Tokens(sender.database.settings.secrets())
        self._ready: deque[tuple[Lease, Written]] = deque()
        self._answers: deque[_Answer] = deque()
        self._company = Company()
        self._accepted = 0
        self._kept: set[str | None] = {None}
        """The skeletons that are in the database."""
        self._stopped = False
        """The mail server takes no more for now."""

    def send_all(self) -> None:
        try:
            while not (self._stopped or self.over.is_set()) and (self._ready or self._claim(self._ready)):
                self._send_these()
        finally:
            self._put_back_the_rest()

    def _send_these(self) -> None:
        """Send what is ready; where more is due, that is made ready meanwhile."""
        following: deque[tuple[Lease, Written]] = deque()
        many, may_be_more = min(self.connections.most, -(-len(self._ready) // FEW)), len(self._ready) == AT_A_TIME
        try:
            with _threads(many, self._send_some, self._settle):
                if may_be_more:
                    self._claim(following, ahead=True)
        finally:
            self._put_back_the_rest()
            self._ready = following
            self._settle(whole=True)
            logger().info("mails", letter=self.letter_id, accepted=self._accepted)

    def _claim(self, ready: deque[tuple[Lease, Written]], *, ahead: bool = False) -> bool:
        """Claim some mails and make them ready; says whether there were any."""
        self.watch("before_claim")
        with self.database.writing() as session:
            leases = deliveries.claim(session, self.letter_id, self.owner, AT_A_TIME, ahead=ahead)
        self.watch("after_claim")
        with self.database.reading() as session:
            made = write_many(session, [lease.delivery_id for lease in leases])
        self._keep_words(made.values())
        for lease in leases:
            written = made[lease.delivery_id]
            if error := written.error or _made_otherwise(lease, written):
                self._cannot_be_made(lease, error)
            else:
                ready.append((lease, written))
        return bool(leases)

    def _keep_words(self, made: Iterable[Written]) -> None:
        """Keep the words that these mails share, before one is marked."""
        new = {one.skeleton: one for one in made if one.skeleton not in self._kept}
        if new:
            with self.database.writing() as session:
                for one in new.values():
                    keep_skeleton(session, one)
            self._kept.update(new)

    def _cannot_be_made(self, lease: Lease, error: Exception) -> None:
        """One mail that cannot be made must not hold up the others; what went wrong stands with it."""
        if isinstance(error, KNOWN):
            why = str(error)
            logger().error("mail_cannot_be_made", delivery=lease.delivery_id, why=why)
        else:
            why = f"The mail could not be made: {_logged(error, lease)}"
        self._answer(lease, Outcome("abandoned", None, why[:1000]))

    # --- what each connection does ---

    def _send_some(self) -> None:
        with self._company.on_the_way():
            self._send_until_none_is_left()

    def _send_until_none_is_left(self) -> None:
        while not self.over.is_set():
            try:
                lease, written = self._ready.popleft()
            except IndexError:
                return
            with self.connections.one() as client:
                self._send(client, lease, written)

    def _send(self, client: Client, lease: Lease, written: Written) -> None:
        sender = "" if lease.from_nobody else return_paths.of(self.database.settings, self.tokens, lease.delivery_id)
        outcome = client.send(sender, written.address, written.content, lambda: self._mark(lease, written), self.watch)
        if outcome.verdict == "abandoned":
            self._take_back(lease, outcome)
            return
        self._answer(lease, outcome)
        if _takes_no_more(outcome):
            self._stop(lease, outcome)

    def _mark(self, lease: Lease, written: Written) -> bool:
        """Mark a mail before the final dot; returns whether it may go."""
        may_go = mark(self.database, self.commits, lease, written, self._company.gather)
        self._settle()
        return may_go

    def _take_back(self, lease: Lease, outcome: Outcome) -> None:
        """It must not go; most likely the letter has moved on, so the others are claimed anew, if they still may."""
        if lease.once:
            self._answer(lease, outcome)
        else:
            self._put_back([lease], retries.after(1))
        self._put_back_the_rest()

    def _stop(self, lease: Lease, outcome: Outcome) -> None:
        """The mail server refuses us, asks to slow down, or is not there: what was claimed waits, unharmed."""
        self._stopped = True
        said = {"answer": outcome.text, "code": outcome.code, "delivery": lease.delivery_id}
        logger().error("mail_refused_by_server" if outcome.verdict == "sender_refused" else "mail_waits", **said)
        self._put_back_the_rest(AT_ONCE if outcome.slow_down else retries.after(1))

    def _put_back_the_rest(self, wait: timedelta = AT_ONCE) -> None:
        rest = []
        while self._ready:
            rest.append(self._ready.popleft()[0])
        self._put_back(rest, wait)

    def _put_back(self, leases: Sequence[Lease], wait: timedelta) -> None:
        if leases:
            with self.database.writing() as session:
                deliveries.put_back(session, leases, now() + wait)

    # --- answers ---

    def _answer(self, lease: Lease, outcome: Outcome) -> None:
        self._answers.append(_Answer(self.commits, lease, outcome))

    def _settle(self, *, whole: bool = False) -> None:
        """Say what was recorded with the last mark; those that wait for one too long, or all, are recorded now."""
        for _ in range(len(self._answers)):
            try:
                answer = self._answers.popleft()
            except IndexError:
                return
            if whole or answer.is_known:
                answer.record()
                self._accepted += answer.outcome.verdict == "accepted"
                self.watch("after_outcome")
            else:
                self._answers.append(answer)


class _Answer:
    """What a mail server has answered, on its way into the database."""

    def __init__(self, commits: GroupCommit, lease: Lease, outcome: Outcome) -> None:
        self._commits, self._lease, self.outcome = commits, lease, outcome
        self._begun = time.monotonic()
        self._pending = self._put()

    def _put(self) -> Pending[bool]:
        return self._commits.put(record_all, (self._lease, self.outcome), self._lease.letter_id)

    @property
    def is_known(self) -> bool:
        """Whether it is committed, or has waited for long enough."""
        return self._pending.is_served or time.monotonic() - self._begun > GLANCE_SECONDS

    def record(self) -> None:
        """Wait until it is recorded; a database that does not take it is asked again, for it must not go unrecorded."""
        while True:
            try:
                self._pending.result()
                break
            except Exception as error:
                if in_words(error) is None or time.monotonic() - self._begun > 3 * PATIENT_MILLISECONDS / 1000:
                    logged("mail_outcome_lost", error, delivery=self._lease.delivery_id)
                    return
                time.sleep(GLANCE_SECONDS)
                self._pending = self._put()
        outcome = self.outcome
        if outcome.verdict != "accepted":
            logger().info("mail", delivery=self._lease.delivery_id, verdict=outcome.verdict, code=outcome.code)


def mark(
    database: Database, commits: GroupCommit, lease: Lease, written: Written, gather: Callable[[], None] = lambda: None
) -> bool:
    """
    Mark a mail before the final dot; returns whether it may go. What an office gets is remembered elsewhere too.

    `gather` lets others hand in theirs, for the same commit.
    """
    pending = commits.put(record_all, (lease, written), lease.letter_id)
    gather()
    may_go = pending.result()
    if may_go and lease.once and lease.letter_id is not None:
        with database.reading() as session:
            remembered.remember(session, lease.letter_id)
    return may_go


def record_all(session: Transaction, items: Sequence[Mark | Report]) -> list[bool]:
    """
    Record marks and answers together; a letter whose every office has it is closed.

    Returns which mails may go, and which answers were believed, in the order given.
    """
    marks = [(lease, what) for lease, what in items if isinstance(what, Written)]
    reports = [(lease, what) for lease, what in items if isinstance(what, Outcome)]
    may_go, believed = map(iter, deliveries.mark_and_report(session, marks, reports))
    found = [next(may_go if isinstance(what, Written) else believed) for _, what in items]
    arrived = {
        lease.letter_id
        for (lease, what), is_believed in zip(items, found, strict=True)
        if is_believed and lease.once and isinstance(what, Outcome) and what.verdict == "accepted"
    }
    for letter_id in sorted(one for one in arrived if one is not None):
        dispatch.confirm(session, letter_id)
    return found


def _made_otherwise(lease: Lease, written: Written) -> Exception | None:
    """Say so where a mail would have other bytes than at an earlier attempt: it would be a second mail."""
    same = lease.mime_sha256 in (None, written.sha256)
    return None if same else OtherBytesError("This email cannot be made again as it was at an earlier attempt.")


def _logged(error: Exception, lease: Lease) -> str:
    try:
        raise error
    except Exception as raised:
        return logged("mail_cannot_be_made", raised, delivery=lease.delivery_id)


def _takes_no_more(outcome: Outcome) -> bool:
    """Whether the mail server would say the same of any other mail."""
    is_away = outcome.verdict == "deferred" and outcome.step == CONNECTING
    return outcome.verdict == "sender_refused" or outcome.slow_down or is_away


@contextmanager
def _threads(many: int, work: Callable[[], None], meanwhile: Callable[[], None]) -> Iterator[None]:
    """
    Do the work in so many threads while the block is done, then wait for them; raises what one of them met.

    A process that ends does not wait for them.
    """
    errors: list[BaseException] = []

    def one() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one, daemon=True) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield
    except Exception as error:
        errors.append(error)
    for thread in threads:
        while thread.is_alive():
            thread.join(GLANCE_SECONDS)
            meanwhile()
    if errors:
        raise errors[0]
