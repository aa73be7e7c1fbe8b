"""Who agreed to what: each printed name with its version, moment, basis, link, and what is odd about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workflow.history.report.blocks import Block, Line, Paragraph, Run, Table, plain
from workflow.history.report.story import Party, Post, Signed, Story, label
from workflow.languages import Words, lazy_gettext, lazy_ngettext

OF_MEMBER = {
    "address": lazy_gettext("The link went to the address of somebody who works on the campaign."),
    "domain": lazy_gettext("The link went to where somebody who works on the campaign has their address."),
}


class Signing:
    """Says the sign-offs of a letter."""

    def __init__(self, story: Story, said: Callable[[Words], str], moment: Callable[[str], str]) -> None:
        self.story, self.said, self.moment = story, said, moment
        self.numbers = {version.digest: version.number for version in story.versions.values()}

    def agreed(self) -> Iterator[Block]:
        """One row for each name that is on the letter, or would be now."""
        counting = self.story.counting()
        shown = [one for one in counting if self.story.named(one)]
        if not counting:
            yield Paragraph(plain(self.said(lazy_gettext("No signature counts for the text of now."))))
            return
        if shown:
            headings = (
                lazy_gettext("Name on the letter"),
                lazy_gettext("Agreed to"),
                lazy_gettext("By which link"),
                lazy_gettext("To note"),
            )
            rows = tuple((self._name(one), self._agreed(one), self._link(one), self._noted(one)) for one in shown)
            yield Table(tuple(map(self.said, headings)), rows, (25, 27, 27, 21))
        left = len(counting) - len(shown)
        if left:
            more = lazy_ngettext(
                "And %(num)s signature of an organisation whose name is withheld or erased.",
                "And %(num)s signatures of organisations whose names are withheld or erased.",
                left,
            )
            yield Paragraph(plain(self.said(more)))

    def version(self, signed: Signed) -> str:
        """The number of the version that a sign-off is for."""
        return str(self.numbers.get(str(signed.about.get("digest")), "?"))

    def _name(self, signed: Signed) -> tuple[Line, ...]:
        name, title = signed.corrected or (signed.name, signed.title)
        individual = self.story.parties[str(signed.about["invitation"])].individual
        organisation = "" if individual else signed.renamed or label(signed.organisation, signed.acronym)
        return tuple(
            line for line in (plain(name, "strong"), plain(title), plain(organisation, "strong")) if line[0].words
        )

    def _agreed(self, signed: Signed) -> tuple[Line, ...]:
        digest = str(signed.about.get("digest"))
        version = lazy_gettext("Version %(number)s", number=self.version(signed))
        entry = lazy_gettext("entry %(number)s of the history", number=str(signed.seq))
        return (
            (Run(self.said(version), "strong"), Run(" "), Run(digest[:12], "mono")),
            plain(self.moment(signed.at)),
            plain(self.said(self._basis(signed))),
            plain(self.said(entry), "soft"),
        )

    def _basis(self, signed: Signed) -> Words:
        about = signed.about
        if signed.by_silence:
            return self._silent(signed)
        if signed.agreed is not None:
            return lazy_gettext(
                "Agreed to exactly this text on %(moment)s (entry %(number)s), before it was there, with a suggested "
                "change in: the name was typed, and “I am authorised to sign” was ticked.",
                moment=self.moment(signed.agreed.at),
                number=str(signed.agreed.seq),
            )
        if type(about.get("confirms")) is int:
            return lazy_gettext(
                "Confirmed the signature that it had given to an earlier version (entry %(number)s).",
                number=str(about["confirms"]),
            )
        if about.get("authority_ticked"):
            return lazy_gettext("Signed: the name was typed, and “I am authorised to sign” was ticked.")
        return lazy_gettext("Signed: the name was typed.")

    def _silent(self, signed: Signed) -> Words:
        about = signed.about
        follows = self.story.signoffs.get(about.get("follows") or -1)
        before = self.version(follows) if follows else "?"
        hours = str(about.get("objection_hours", "?"))
        if signed.told is None:
            return lazy_gettext(
                "Did not object to a minor correction of version %(before)s, which it had signed itself, under the "
                "rule of %(hours)s hours that the page showed then.",
                before=before,
                hours=hours,
            )
        return lazy_gettext(
            "Did not object to a minor correction of version %(before)s, which it had signed itself, under the rule of "
            "%(hours)s hours that the page showed then. It was told by an email that its mail server accepted on "
            "%(told)s.",
            before=before,
            hours=hours,
            told=self.moment(signed.told.ended_at),
        )

    def _link(self, signed: Signed) -> tuple[Line, ...]:
        if signed.by_silence:
            follows = self.story.signoffs.get(signed.about.get("follows") or -1)
            none = plain(self.said(lazy_gettext("No link was used: see the signature that it goes back to.")))
            return (none, *self._link(follows)) if follows and not follows.by_silence else (none,)
        address = lazy_gettext("Sent to %(address)s", address=signed.address or lazy_gettext("an address not shown"))
        code = (
            lazy_gettext("A code that was emailed to that address had to be typed, and was.")
            if self._used(signed).get("code")
            else lazy_gettext("No code by email was asked for.")
        )
        lines = [plain(self.said(address)), *self._accepted(signed.mail), plain(self.said(code))]
        return tuple(lines)

    @staticmethod
    def _used(signed: Signed) -> Mapping[str, Any]:
        """What is said of how its link was used: by the entry in which somebody pressed."""
        return signed.agreed.about if signed.agreed is not None else signed.about

    def _accepted(self, post: Post | None) -> Iterator[Line]:
        if post is None:
            yield plain(self.said(lazy_gettext("No email with it is known to have been accepted before.")))
            return
        yield plain(self.said(lazy_gettext("accepted by the mail server on %(at)s", at=self.moment(post.ended_at))))
        if post.server:
            yield plain(f"“{post.server}”", "soft")

    def disputed(self, party: Party) -> Iterator[Words]:
        """Say that whoever was the contact of an organisation before said that the change is wrong."""
        for at, words in party.disputed:
            yield lazy_gettext(
                "On %(at)s, whoever was the contact before said that the change of contact is wrong: “%(words)s”",
                at=self.moment(at),
                words=words or "–",
            )

    def _noted(self, signed: Signed) -> tuple[Line, ...]:
        return tuple(plain(self.said(words)) for words in self._odd(signed)) or (plain("–", "soft"),)

    def _odd(self, signed: Signed) -> Iterator[Words]:
        about = self._used(signed)
        if signed.withdrawn_at:
            yield lazy_gettext(
                "Withdrawn after the letter was sent, on %(moment)s.", moment=self.moment(signed.withdrawn_at)
            )
        if about.get("networks"):
            yield lazy_gettext("The link was opened from %(num)s networks.", num=str(about["networks"]))
        if about.get("fast_decision"):
            yield lazy_gettext("Signed less than three seconds after the link was first opened.")
        if about.get("contact_by_hand"):
            yield lazy_gettext("A coordinator had changed the contact after the invitation.")
        if (party := self.story.parties.get(str(signed.about.get("invitation")))) is not None:
            yield from self.disputed(party)
        if about.get("contact_of_member"):
            yield OF_MEMBER.get(str(about["contact_of_member"]), OF_MEMBER["domain"])
        if about.get("same_browser"):
            yield lazy_gettext("It was proposed and confirmed in one browser.")
        if about.get("other_domain"):
            yield lazy_gettext("Whoever confirmed it has an address at another domain than whoever proposed it.")
        if about.get("fetched_by") == "software":
            yield lazy_gettext("A program opened the link first, as mail filters do.")
        if signed.passed_on:
            at = self.moment(signed.passed_on)
            yield lazy_gettext("The contact had passed the invitation on to a colleague on %(at)s.", at=at)
        if signed.mail is not None and not signed.mail.accepted:
            yield lazy_gettext("The email with the link was returned later.")
        if signed.corrected is not None:
            yield lazy_gettext(
                "The printed name was corrected by whoever signed; given was: %(name)s.",
                name=", ".join(filter(None, (signed.name, signed.title))),
            )
        if signed.renamed:
            given = label(signed.organisation, signed.acronym)
            yield lazy_gettext("The organisation’s name was corrected; signed was as: %(name)s.", name=given)
