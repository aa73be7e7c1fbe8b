"""A letter's life in plain words, for somebody who has never seen this service: what the evidence holds, no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflow.history import actions
from workflow.history.report.blocks import Block, Document, Facts, Heading, Line, Paragraph, Run, Table, plain
from workflow.history.report.moments import said_in
from workflow.history.report.signing import Signing
from workflow.history.report.story import COPY, Office, Party, Post, Signed, Step, Story, moment_of
from workflow.history.report.versions import Versions
from workflow.languages import (
    LANGUAGES,
    Listed,
    Message,
    Words,
    lazy_gettext,
    lazy_ngettext,
    marked,
    primary,
    translate,
)

LIFE = {
    actions.LetterCreated.NAME: lazy_gettext("The letter was imported."),
    actions.LetterCirculated.NAME: lazy_gettext("The text was sent to the organisations for review."),
    actions.SignOffOpened.NAME: lazy_gettext("The organisations were asked to sign."),
    actions.SignOffReopened.NAME: lazy_gettext("Signing was opened again."),
    actions.CampaignTerms.NAME: lazy_gettext("The deadline was taken away."),
    actions.DeadlineCame.NAME: lazy_gettext("The deadline had come, and the coordinators were asked what it brings."),
    actions.LetterDispatched.NAME: lazy_gettext("The letter was sent off to every recipient."),
    actions.LetterSent.NAME: lazy_gettext("The mail server of every recipient had accepted the letter."),
    actions.PersonErased.NAME: lazy_gettext("Somebody’s personal data was erased."),
    actions.LetterErased.NAME: lazy_gettext("The erasure of the letter was begun."),
}
REASONED = {
    actions.LetterRevised.NAME: (
        lazy_gettext("The letter was taken back to be changed."),
        lazy_gettext("The letter was taken back to be changed, with these words:"),
    ),
    actions.LetterWithdrawn.NAME: (
        lazy_gettext("The letter was cancelled: it goes to nobody."),
        lazy_gettext("The letter was cancelled, with these words:"),
    ),
}
ANSWERED = {
    actions.InvitationDeclined.NAME: lazy_gettext("declined"),
    actions.SignatureWithdrawn.NAME: lazy_gettext("withdrew its signature"),
    actions.InvitationRevoked.NAME: lazy_gettext("its invitation was cancelled by the coordinator"),
    actions.InvitationLapsed.NAME: lazy_gettext("did not answer before the deadline"),
    actions.InvitationSuperseded.NAME: lazy_gettext("signed an earlier version, and has not confirmed the present one"),
    actions.InvitationRevived.NAME: lazy_gettext("signed an earlier version, and has not confirmed the present one"),
    actions.InvitationReinvited.NAME: lazy_gettext("was invited again, and has not answered"),
}
SERVED = {
    actions.DeliveryAccepted.NAME: lazy_gettext("accepted"),
    actions.DeliveryBounced.NAME: lazy_gettext("accepted at first, then returned"),
    actions.DeliveryRejected.NAME: lazy_gettext("refused"),
    actions.DeliveryLost.NAME: lazy_gettext("sent, but the answer was lost: nobody knows whether it arrived"),
    actions.DeliveryDeferred.NAME: lazy_gettext("put off, to be tried again"),
    actions.DeliveryCancelled.NAME: lazy_gettext("cancelled before it was sent"),
}
CANNOT = (
    lazy_gettext("That the person named selected the button: it shows which link was used and where that was sent."),
    lazy_gettext("That everything was recorded: what was left out before any receipt was emailed leaves no trace."),
    lazy_gettext("Anything, if the key that signs the history was stolen, until the next receipt is in a mailbox."),
    lazy_gettext("The times, where no time stamp from outside confirms them: they are the clock of the service."),
    lazy_gettext("That an email was read: only that a mail server accepted it, according to the service."),
)


def language_of(story: Story) -> str:
    """Return what a report is written in: the letter's language where there is a catalogue, else English."""
    version = story.version
    spoken = primary(version.letter.language) if version and version.letter else "en"
    return spoken if spoken in LANGUAGES else "en"


class Saying:
    """Says a story in one language."""

    def __init__(self, story: Story, language: str) -> None:
        self.story, self.language = story, language
        self.signing = Signing(story, self.said, self.moment)
        self.alone = bool(story.held.only)
        """Whether one organisation alone is told of."""

    def said(self, words: Words) -> str:
        """Return words in the language of the report."""
        return str(translate(words, self.language))

    def moment(self, at: str) -> str:
        """Return a time in the letter's zone, to the second, with how far that is from UTC."""
        found = moment_of(at)
        return said_in(found.replace(microsecond=0), self.story.zone, self.language) if found else at

    def document(self) -> Document:
        """Return the whole report."""
        alone = lazy_gettext("Report on one organisation’s part in a joint letter")
        title = self.said(alone if self.alone else lazy_gettext("Report on a joint letter"))
        return Document(title, self.language, tuple(self._blocks(title)))

    def _blocks(self, title: str) -> Iterator[Block]:
        yield Heading(title, 1)
        yield from self._summary()
        if self.alone:
            yield from self._part()
        else:
            yield Heading(self.said(lazy_gettext("Who agreed to what")))
            yield from self.signing.agreed()
            yield Heading(self.said(lazy_gettext("Who was asked and is not on the letter")))
            yield from self._others()
            yield Heading(self.said(lazy_gettext("To whom it was sent")))
            yield from self._offices()
        yield Heading(self.said(lazy_gettext("How it went")))
        yield from self._life()
        yield Heading(self.said(lazy_gettext("The versions of the text")))
        yield from Versions(self.story, self.said, self.moment).told()
        yield Heading(self.said(lazy_gettext("What is not shown here")))
        yield from self._withheld()
        yield Heading(self.said(lazy_gettext("How to check this report")))
        yield from self._integrity()

    # --- in short ---

    def _summary(self) -> Iterator[Block]:
        story, version = self.story, self.story.version
        letter = version.letter if version else None
        if letter is not None:
            yield Paragraph(plain(letter.subject or "–"), "lead", letter.language)
        if not self.alone:
            yield Paragraph(plain(self.said(self._short())))
        rows: list[tuple[Words, Sequence[str]]] = [
            (
                lazy_gettext("Recipients"),
                [", ".join(office.lines) for office in story.offices.values() if office.lines],
            ),
            (lazy_gettext("Campaign"), [story.campaign]),
            (lazy_gettext("Organisation"), [self._alone()]),
            (lazy_gettext("Coordinated by"), [address for address in story.coordinators.values() if address]),
            (lazy_gettext("Recorded from"), [self.moment(story.first_at)]),
            (lazy_gettext("Recorded to"), [self.moment(story.last_at)]),
            (lazy_gettext("Number of the letter"), [story.held.letter]),
        ]
        yield self._facts(rows)
        yield Paragraph(
            plain(
                self.said(
                    lazy_gettext(
                        "This report tells in words what the files beside it hold, from which anybody can check every "
                        "line. Times are those of the zone %(zone)s; behind each stands how far it is from UTC.",
                        zone=story.zone,
                    )
                )
            ),
            "note",
        )

    def _alone(self) -> str:
        party = self.story.parties.get(self.story.held.only)
        return (party.called or (party.signed[-1].organisation if party.signed else "")) if party else ""

    def _short(self) -> Message:
        """What became of the letter, in one sentence."""
        story = self.story
        asked = sum(not party.removed for party in story.parties.values())
        counting = len(story.counting())
        numbers = {
            "asked": lazy_ngettext("%(num)s organisation was asked", "%(num)s organisations were asked", asked),
            "signed": lazy_ngettext("%(num)s signature counts", "%(num)s signatures count", counting),
        }
        last = next((step for step in reversed(story.steps) if step.action in _OUTCOMES), None)
        if last is None:
            return lazy_gettext("%(asked)s; %(signed)s so far. The letter has not been sent.", **numbers)
        return lazy_gettext(
            "%(asked)s; %(signed)s. %(outcome)s",
            outcome=lazy_gettext(_OUTCOMES[last.action], at=self.moment(last.at)),
            **numbers,
        )

    def _facts(self, rows: Sequence[tuple[Words, Sequence[str]]]) -> Facts:
        told = [(self.said(name), tuple(plain(one) for one in lines if one)) for name, lines in rows]
        return Facts(tuple((name, lines) for name, lines in told if lines))

    # --- one alone ---

    def _part(self) -> Iterator[Block]:
        """What one organisation did, all of it; of the others nothing is here."""
        yield Heading(self.said(lazy_gettext("What it agreed to")))
        party = self.story.parties.get(self.story.held.only)
        if party is None or not (self.story.counting() or party.last in ANSWERED):
            yield Paragraph(plain(self.said(lazy_gettext("It has not answered."))))
            return
        yield from self.signing.agreed()
        if not self.story.counting():
            lines = self._answer(party)
            yield Facts(((self.said(lazy_gettext("It")), lines),))
        left = [one for one in party.signed if one not in self.story.counting()]
        if left and self.story.counting():
            yield from (Paragraph(plain(self.said(self._before(one)))) for one in left)

    # --- those who did not sign ---

    def _others(self) -> Iterator[Block]:
        counting = {one.about["invitation"] for one in self.story.counting()}
        left = [party for one, party in self.story.parties.items() if one not in counting and not party.removed]
        shown = [party for party in left if party.called and not party.withheld]
        if not left:
            yield Paragraph(plain(self.said(lazy_gettext("Everybody who was asked is on the letter."))))
        if shown:
            headings = (lazy_gettext("Organisation"), lazy_gettext("Asked"), lazy_gettext("Answer"))
            rows = tuple((self._who(party), self._asked(party), self._answer(party)) for party in shown)
            yield Table(tuple(map(self.said, headings)), rows, (34, 33, 33))
        if len(left) > len(shown):
            yield self._more(len(left) - len(shown))

    def _more(self, number: int) -> Paragraph:
        more = lazy_ngettext(
            "And %(num)s more, whose name is withheld or erased.",
            "And %(num)s more, whose names are withheld or erased.",
            number,
        )
        return Paragraph(plain(self.said(more)))

    def _who(self, party: Party) -> tuple[Line, ...]:
        individual = self.said(lazy_gettext("in their own name")) if party.individual else ""
        return tuple(line for line in (plain(party.called, "strong"), plain(individual, "soft")) if line[0].words)

    def _asked(self, party: Party) -> tuple[Line, ...]:
        if party.asked is None:
            return (plain(self.said(lazy_gettext("No email to it is known to have been accepted."))),)
        said = lazy_gettext(
            "By email to %(address)s, accepted by its mail server on %(at)s.",
            address=party.contact or lazy_gettext("its contact"),
            at=self.moment(party.asked.ended_at),
        )
        own = lazy_gettext("It had a deadline of its own: %(at)s.", at=self.moment(party.deadline))
        return (plain(self.said(said)), *((plain(self.said(own)),) if party.deadline else ()))

    def _answer(self, party: Party) -> tuple[Line, ...]:
        disputed = [plain(self.said(words)) for words in self.signing.disputed(party)]
        if party.last not in ANSWERED:
            return (plain(self.said(lazy_gettext("no answer"))), *disputed)
        lines = [plain(self.said(ANSWERED[party.last])), plain(self.moment(party.last_at), "soft")]
        lines += [plain(f"“{party.words}”")] if party.words else []
        return (*lines, *disputed, *(plain(self.said(self._before(signed)), "soft") for signed in party.signed))

    def _before(self, signed: Signed) -> Words:
        return lazy_gettext(
            "It had signed version %(number)s on %(at)s (entry %(entry)s).",
            number=self.signing.version(signed),
            at=self.moment(signed.at),
            entry=str(signed.seq),
        )

    # --- the recipients ---

    def _offices(self) -> Iterator[Block]:
        mails = [(office, post) for office in self.story.offices.values() for post in office.mails]
        if not mails:
            yield Paragraph(plain(self.said(lazy_gettext("The letter has not been sent to anybody."))))
            return
        headings = (lazy_gettext("Recipient"), lazy_gettext("Sent to"), lazy_gettext("What its mail server said"))
        rows = tuple((self._office(office), self._sent(post), self._served(post)) for office, post in mails)
        yield Table(tuple(map(self.said, headings)), rows, (34, 36, 30))
        if self.story.copies:
            copies = sum(post.accepted for post in self.story.mails.values() if post.kind == COPY)
            said = lazy_gettext(
                "Copies were addressed to %(addresses)s. Accepted by the mail servers: %(num)s.",
                addresses=Listed(self.story.copies),
                num=str(copies),
            )
            yield Paragraph(plain(self.said(said)))

    def _office(self, office: Office) -> tuple[Line, ...]:
        return tuple(plain(line, "strong" if not number else "") for number, line in enumerate(office.lines))

    def _sent(self, post: Post) -> tuple[Line, ...]:
        address = post.address or self.said(lazy_gettext("an address that is erased"))
        files = [plain(sha256, "mono") for sha256 in post.documents]
        return (
            plain(address),
            *([plain(self.said(lazy_gettext("with the files (SHA-256):")), "soft")] if files else []),
            *files,
        )

    def _served(self, post: Post) -> tuple[Line, ...]:
        became = SERVED.get(post.ended, lazy_gettext("waiting to be sent"))
        if post.by_person:
            became = lazy_gettext("the answer was lost; the coordinator said that it had arrived")
        lines = [plain(self.said(became), "strong"), plain(self.moment(post.ended_at or post.queued_at), "soft")]
        return tuple([*lines, plain(f"“{post.server}”")] if post.server else lines)

    # --- the steps ---

    def _life(self) -> Iterator[Block]:
        rows = [(self.moment(step.at), tuple(self._step(step))) for step in self.story.steps]
        yield Facts(tuple(rows))
        if not self.alone and (said := " ".join(map(self.said, self._talk()))):
            yield Paragraph(plain(said))

    def _talk(self) -> Iterator[Message]:
        """How much was said of the text."""
        counted = self.story.counted
        comments, suggestions, accepted = (
            counted.get(one.NAME, 0)
            for one in (actions.CommentAdded, actions.SuggestionAdded, actions.SuggestionAccepted)
        )
        if comments:
            yield lazy_ngettext("%(num)s comment was made.", "%(num)s comments were made.", comments)
        if suggestions:
            yield lazy_ngettext("%(num)s suggestion was made.", "%(num)s suggestions were made.", suggestions)
        if accepted:
            yield lazy_ngettext("%(num)s suggestion was accepted.", "%(num)s suggestions were accepted.", accepted)
        if number := self.story.reminders:
            yield lazy_ngettext("%(num)s reminder was queued.", "%(num)s reminders were queued.", number)

    def _step(self, step: Step) -> Iterator[Line]:
        yield plain(self.said(self._happened(step)))
        if step.words and step.action in REASONED:
            yield plain(f"“{step.words}”")
        if step.asked and not self.alone:
            yield plain(self.said(self._asked_by(step.asked)), "soft")

    def _happened(self, step: Step) -> Words:
        about, at = step.about, self.moment(str(step.about.get("deadline") or ""))
        if step.action in REASONED:
            return REASONED[step.action][bool(step.words)]
        if step.action == actions.RevisionFrozen.NAME:
            digest = str(about.get("digest"))[:12]
            return lazy_gettext(
                "Version %(number)s was locked: fingerprint %(digest)s.", number=about.get("number"), digest=digest
            )
        if step.action in (actions.CampaignTerms.NAME, actions.DeadlineExtended.NAME) and about.get("deadline"):
            by_rule = lazy_gettext("The deadline had come; it was extended once, as the rules say: to %(at)s.", at=at)
            return (
                by_rule
                if step.action == actions.DeadlineExtended.NAME
                else lazy_gettext("The deadline was moved to %(at)s.", at=at)
            )
        if step.action == actions.LetterApproved.NAME:
            return lazy_ngettext(
                "Signing was closed with %(num)s signature.",
                "Signing was closed with %(num)s signatures.",
                int(about.get("signed") or 0),
            )
        if step.action == actions.DocumentRendered.NAME:
            return lazy_ngettext(
                "A document was made, with %(num)s signature: %(digest)s.",
                "A document was made, with %(num)s signatures: %(digest)s.",
                len(about.get("signoffs") or ()),
                digest=str(about.get("docx"))[:12],
            )
        if step.action == actions.DispatchScheduled.NAME:
            return lazy_gettext("It was set to be sent on %(at)s.", at=self.moment(str(about.get("at"))))
        if step.action == actions.LetterErased.NAME and about.get("done"):
            return lazy_gettext("The letter was erased: texts, documents, names, addresses, comments and emails.")
        if step.action == actions.KeyChanged.NAME:
            lost = lazy_gettext("The key that signs the history was replaced; the one before was said to be lost.")
            return lost if about.get("lost") else lazy_gettext("The key that signs the history was replaced.")
        return LIFE[step.action]

    def _asked_by(self, mails: Sequence[Post]) -> Message:
        """How many emails to the organisations followed, how many of them were accepted, and from when to when."""
        accepted = sorted(post.ended_at for post in mails if post.accepted)
        sent = lazy_ngettext("%(num)s email to the organisations", "%(num)s emails to the organisations", len(mails))
        if not accepted:
            return lazy_gettext("%(sent)s; none is known to have been accepted.", sent=sent)
        return lazy_gettext(
            "%(sent)s; their mail servers accepted %(accepted)s, from %(first)s to %(last)s.",
            sent=sent,
            accepted=str(len(accepted)),
            first=self.moment(accepted[0]),
            last=self.moment(accepted[-1]),
        )

    # --- what it rests on ---

    def _withheld(self) -> Iterator[Block]:
        story = self.story
        if self.alone:
            yield Paragraph(
                plain(
                    self.said(
                        lazy_gettext(
                            "Of the other organisations nothing is here, nor what the coordinator wrote to this one. "
                            "Whether something was left out that it did later, only the evidence of the whole letter "
                            "can show."
                        )
                    )
                )
            )
            return
        names = sum(party.withheld and not party.removed for party in story.parties.values())
        withheld, erased = story.unopened
        said = [
            lazy_ngettext("%(num)s name is withheld.", "%(num)s names are withheld.", names),
            lazy_ngettext(
                "What %(num)s entry of the history says of them is not here.",
                "What %(num)s entries of the history say of them is not here.",
                withheld,
            )
            if withheld
            else None,
            lazy_ngettext(
                "What %(num)s other entry says of persons is erased, or not shown to whoever has this report.",
                "What %(num)s other entries say of persons is erased, or not shown to whoever has this report.",
                erased,
            )
            if erased
            else None,
        ]
        if not names and not withheld and not erased:
            said = [lazy_gettext("Nothing is withheld, and nothing has been erased.")]
        yield Paragraph(plain(" ".join(self.said(one) for one in said if one is not None)))

    def _integrity(self) -> Iterator[Block]:
        story = self.story
        size, root = story.root
        name = story.held.vkey.partition("+")[0]
        head = story.held.head.split("\n")
        rows: list[tuple[Words, Sequence[str]]] = [
            (lazy_gettext("Entries of the history"), [str(story.held.size or len(story.held.entries))]),
            (lazy_gettext("Signed up to entry"), [str(size - 1)] if size else []),
            (lazy_gettext("Root"), [root]),
            (lazy_gettext("History of"), [f"{name}/letters/{story.held.letter}"]),
            (lazy_gettext("Key that signs it"), [story.held.vkey]),
            (lazy_gettext("In the log over all letters, of size"), [head[1]] if len(head) > 2 else []),
            (lazy_gettext("Root of that log"), [head[2]] if len(head) > 2 else []),
            (lazy_gettext("Time stamps from outside"), [str(story.held.stamps)]),
        ]
        facts = self._facts(rows)
        mono = {self.said(name) for name in (rows[2][0], rows[3][0], rows[4][0], rows[6][0])}
        yield Facts(
            tuple(
                (name, tuple(plain(line[0].words, "mono" if name in mono else "") for line in lines))
                for name, lines in facts.rows
            )
        )
        steps = (
            lazy_gettext("Get a receipt: every organisation that signed has one by email, with the key in it."),
            lazy_gettext("Unpack these files, on a computer that need not be connected to anything."),
            lazy_gettext(
                "Run: python3 verify.py . --vkey KEY --receipt RECEIPT.eml, or open verify.html in a browser, and drop "
                "the files there. It says what holds, what does not, and where."
            ),
        )
        for number, step in enumerate(steps, 1):
            yield Paragraph((Run(f"{number}. "), Run(self.said(step))), "item")
        yield Paragraph(plain(self.said(lazy_gettext("What no such check can show:")), "strong"))
        for one in CANNOT:
            yield Paragraph((Run("• "), Run(self.said(one))), "item")


_OUTCOMES = {
    actions.LetterSent.NAME: marked("It was sent, and accepted by the mail server of every recipient by %(at)s."),
    actions.LetterDispatched.NAME: marked(
        "It was sent off on %(at)s; not every mail server is known to have accepted it."
    ),
    actions.LetterWithdrawn.NAME: marked("The letter was cancelled on %(at)s and goes to nobody."),
}
