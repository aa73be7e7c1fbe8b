"""The demo's story: a letter's life, step by step, by people with browsers and mailboxes."""

from __future__ import annotations

import hashlib
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import click
from sqlalchemy import select

from config.settings import Settings
from emails import mailbox
from emails.mailbox import ReceivedMail
from workflow.campaigns import printing
from workflow.commands.browser import Browser, Page
from workflow.database import Database
from workflow.languages import catalogue, known
from workflow.letter import text
from workflow.models import Delivery, Letter

COORDINATOR = "coordinator@example.org"
PATIENCE = 90.0
"""How long to wait for what the jobs have to do, in seconds."""
PATIENCE_FOR_EACH = 0.3
"""And for each co-signer's part in it."""
GLANCE = 0.1
"""Seconds between two looks."""
AT_ONCE = 6
"""How many co-signers act at the same time."""
EACH_IS_TOLD = 12
"""Of so many co-signers the story tells what each does; more are counted."""

ADDED = {
    "en": "We ask for an answer before the month is out.",
    "fr": "Nous demandons une réponse avant la fin du mois.",
    "es": "Pedimos una respuesta antes de que termine el mes.",
}
T = TypeVar("T")


class DemoFailedError(Exception):
    """Something is not as it should be; the sentence says what."""


@dataclass(slots=True)
class Story:
    """Prints what happens, with the time that has passed."""

    began: float
    number: int = 0

    def tell(self, sentence: str) -> None:
        """Print one step of the story."""
        self.number += 1
        click.echo(f"{self.number:>3}. [{time.monotonic() - self.began:5.1f} s] {sentence}")

    def count(self, done: int, total: int, what: str) -> None:
        """Print how far something is that many do: now and then, in place of the line before on a terminal."""
        if done % max(1, total // 10) and done < total:
            return
        line = f"     [{time.monotonic() - self.began:5.1f} s] {done} of {total} {what}"
        if sys.stdout.isatty():
            click.echo(f"\r{line}", nl=done == total)
        else:
            click.echo(line)


class Inbox:
    """The mails of everybody, by address: each is read once, however often somebody looks for his."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[int] = set()
        self._looked = 0.0
        self._mails: defaultdict[str, list[tuple[str, ReceivedMail]]] = defaultdict(list)
        self._lock = threading.Lock()

    def of(self, address: str) -> list[tuple[str, ReceivedMail]]:
        """Return what an address has received, each with its subject, oldest first."""
        with self._lock:
            new = time.monotonic() - self._looked > GLANCE
            for mail in mailbox.received(self._folder, self._known) if new else ():
                self._known.add(mail.number)
                for recipient in mail.recipients:
                    self._mails[recipient].append((mail.subject, mail))
            self._looked = time.monotonic() if new else self._looked
            return list(self._mails[address])


def wait(what: str, look: Callable[[], T | bool | None], patience: float = PATIENCE) -> T:
    """Look until something is there; raises `DemoFailedError` when it does not come."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = look()
        if found:
            return found  # type: ignore[return-value]
        time.sleep(GLANCE)
    raise DemoFailedError(f"Waited {patience:.0f} seconds in vain for {what}.")


@dataclass(slots=True)
class Person:
    """A contact of a co-signing organisation, with a browser and a mailbox."""

    organisation: str
    email: str
    name: str
    title: str
    browser: Browser


class Life:
    """A letter's life, step by step; every decision goes over HTTP, by links out of received mails."""

    def __init__(self, settings: Settings, database: Database, letter_id: str, story: Story) -> None:
        self.settings = settings
        self.database = database
        self.letter_id = letter_id
        self.story = story
        self.inbox = Inbox(settings.mailbox)
        self.coordinator = Browser()
        self.page_url = f"{settings.public_url}/letters/{letter_id}"
        with database.reading() as session:
            row = session.get_one(Letter, letter_id)
            self.people = [
                Person(
                    i.organisation.label,
                    i.email,
                    i.signatory or f"Representative of {i.organisation.label}",
                    i.signatory_title,
                    Browser(),
                )
                for i in row.invitations
            ]
            self.language = row.language
        self.patience = PATIENCE + PATIENCE_FOR_EACH * len(self.people)

    def run(self) -> None:
        """Live it, from the first mail to the copies."""
        self._sign_in()
        self._review()
        self._first_signatures()
        self._revise()
        self._all_sign()
        self._retract_and_sign_again()
        self._approve()
        self._dispatch()

    # --- mails

    def mails(self, address: str, subject: str) -> list[ReceivedMail]:
        """Return what an address has received whose subject begins as this one does in the letter's language."""
        begins = catalogue(known(self.language)).gettext(subject).partition("%(")[0]
        return [mail for said, mail in self.inbox.of(address) if said.startswith(begins)]

    def link(self, address: str, subject: str, nth: int = 1) -> str:
        """Wait for a mail and return the link in it."""
        mails = self._wait(
            f"an email “{subject}” to {address}", lambda: (found := self.mails(address, subject))[nth - 1 :] and found
        )
        match = re.search(rf"{re.escape(self.settings.public_url)}/(?:s|sign-in)/\S+", mails[nth - 1].text)
        if match is None:
            raise DemoFailedError(f"The email “{mails[nth - 1].subject}” to {address} has no link.")
        return match[0]

    def _wait(self, what: str, look: Callable[[], T | bool | None]) -> T:
        return wait(what, look, self.patience)

    def _each(self, people: Sequence[Person], act: Callable[[Person], str], what: str) -> None:
        """Let people act, some at the same time, and tell what each did, or how many have."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            acting = [pool.submit(act, person) for person in people]
            try:
                for done, one in enumerate(as_completed(acting), 1):
                    sentence = one.result()
                    if len(people) > EACH_IS_TOLD:
                        self.story.count(done, len(people), what)
                    else:
                        self.story.tell(sentence)
            finally:
                pool.shutdown(cancel_futures=True)

    # --- the coordinator

    def _sign_in(self) -> None:
        page = self.coordinator.get(f"{self.settings.public_url}/sign-in")
        self.coordinator.submit(page, "/sign-in", email=COORDINATOR)
        link = self.link(COORDINATOR, "Sign in")
        self.coordinator.submit(self.coordinator.get(link), link.rpartition("/")[2])
        self.story.tell("The coordinator signed in with an emailed link.")

    def _page(self) -> Page:
        return self.coordinator.get(self.page_url)

    def _step(self, noun: str, **given: str) -> None:
        self.coordinator.submit(self._page(), f"/{noun}", **given)

    def _checked_step(self, noun: str, act: str, **asked: str) -> None:
        """Look at what will be emailed, then send it."""
        page = self.coordinator.get(f"{self.page_url}/ask?{urlencode({'act': act, **asked})}")
        self.coordinator.submit(page, f"/{noun}")

    def _review(self) -> None:
        self._checked_step("circulation", "circulate")
        self.story.tell("The coordinator sent the letter for review.")
        first, *others = self.people
        said = "Please add by when we want an answer."
        paragraph = str(self._paragraph() + 1)
        page = first.browser.get(self.link(first.email, "Please review: %(title)s"))
        page = first.browser.submit(page, "/comments", words=said, paragraph=paragraph)
        self.story.tell(f"{first.organisation} commented on paragraph {paragraph}: “{said}”")
        first.browser.submit(page, "/verdict", verdict="changes_requested")
        self._each(others, self._finds_it_ready, "organisations opened their links and sent a review.")

    def _finds_it_ready(self, person: Person) -> str:
        page = person.browser.get(self.link(person.email, "Please review: %(title)s"))
        person.browser.submit(page, "/verdict", verdict="ready")
        return f"{person.organisation} opened its link and sent a review."

    def _paragraph(self) -> int:
        """The paragraph that the revision changes: the last but one, if it is plain text."""
        with self.database.reading() as session:
            blocks = text.paragraphs(session.get_one(Letter, self.letter_id).body)
        plain = [n for n, block in enumerate(blocks) if not re.match(r"[#>\-*+|`]|\d+[.)]|    ", block)]
        if not plain:
            raise DemoFailedError("The letter has no plain paragraph to add a sentence to.")
        return plain[-2] if len(plain) > 1 else plain[-1]

    def _first_signatures(self) -> None:
        self._checked_step("sign-off", "open_sign_off")
        self.story.tell("The coordinator asked for signatures.")
        self._each(self._early, self._signs_early, "organisations signed.")

    @property
    def _early(self) -> list[Person]:
        """Who signs the first version, and is to confirm the second."""
        return self.people[: max(1, len(self.people) // 2)]

    def _signs_early(self, person: Person) -> str:
        self._sign(person, person.browser.get(self.link(person.email, "Ready to sign: %(title)s")))
        return f"{person.name} signed for {person.organisation}."

    def _sign(self, person: Person, page: Page) -> None:
        done = person.browser.submit(
            page, "/answer", choice="sign", name=person.name, title=person.title, authorised="y"
        )
        if not done.url.endswith("/receipt"):
            raise DemoFailedError(f"{person.organisation} signed, but got no receipt page.")

    def _revise(self) -> None:
        self._step("revision", reason="A co-signer asks for a date by which we want an answer.")
        page = self.coordinator.get(f"{self.page_url}/draft")
        body = page.form("/draft").fields["body"].replace("\r\n", "\n")
        block = text.paragraphs(body)[self._paragraph()]
        sentence = ADDED.get(self.language, ADDED["en"])
        self.coordinator.submit(page, "/draft", body=body.replace(block, f"{block} {sentence}", 1))
        self._checked_step("sign-off", "open_sign_off")
        self.story.tell(f"The coordinator edited the text, adding “{sentence}”, and asked for signatures again.")

    def _all_sign(self) -> None:
        early = self._early
        self._each(early, self._confirms, "organisations confirmed the new version.")
        self._each(self.people[len(early) :], self._signs, "organisations signed the new version.")

    def _confirms(self, person: Person) -> str:
        page = person.browser.get(self.link(person.email, "New version: %(title)s"))
        if page.form("/answer").fields.get("choice") != "confirm":
            raise DemoFailedError(f"{person.organisation} was not asked to confirm the changed text.")
        self._sign(person, page)
        return f"{person.organisation} confirmed the new version."

    def _signs(self, person: Person) -> str:
        self._sign(person, person.browser.get(self.link(person.email, "New version: %(title)s")))
        return f"{person.organisation} signed the new version."

    def _retract_and_sign_again(self) -> None:
        person = self.people[-1]
        page = person.browser.get(self.link(person.email, "Receipt: %(organisation)s has signed"))
        page = person.browser.get(page.url + "/receipt")
        gone = person.browser.submit(page, "/retraction", word="WITHDRAW", reason="Our board has to look again.")
        if "/retraction" in gone.text:
            raise DemoFailedError(f"{person.organisation} withdrew its signature, but the page does not say so.")
        self.story.tell(f"{person.organisation} withdrew its signature.")
        self._sign(person, person.browser.get(page.url.removesuffix("/receipt")))
        self.story.tell(f"{person.organisation} signed a second time.")

    def _approve(self) -> None:
        self._step("approval")
        self.story.tell("The coordinator closed signing.")
        self._wait("the documents", self._documents_made)
        self.story.tell("The final documents are ready.")

    def _documents_made(self) -> bool:
        with self.database.reading() as session:
            row = session.get_one(Letter, self.letter_id)
            return len(printing.renderings(session, row)) == len(row.recipients)

    def _dispatch(self) -> None:
        page = self.coordinator.get(f"{self.page_url}/send")
        for address in re.findall(r'href="(/letters/\w+/documents/\w+)"', page.text):
            document = self.coordinator.get(self.settings.public_url + address)
            if hashlib.sha256(document.body).hexdigest() != address.rpartition("/")[2]:
                raise DemoFailedError(f"The document at {address} is not the one that its name says.")
        self.coordinator.submit(page, "/dispatch", looked="y")
        self.story.tell("The coordinator checked the documents and sent the letter.")
        self._wait("every recipient's mail server to accept the letter", lambda: self._state() == "sent")
        self.story.tell("Every recipient's mail server has accepted the letter.")
        self._wait("every email to be accepted", self._all_accepted)
        self.story.tell("Each signatory has a copy of what was sent.")

    def _state(self) -> str:
        with self.database.reading() as session:
            return session.get_one(Letter, self.letter_id).state

    def _all_accepted(self) -> bool:
        left = select(Delivery.id).where(Delivery.letter_id == self.letter_id, ~Delivery.is_accepted)
        with self.database.reading() as session:
            return session.scalar(left.where(~Delivery.is_cancelled).limit(1)) is None
