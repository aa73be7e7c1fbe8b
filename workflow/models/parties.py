"""Who stands on a letter: whom it goes to, and the organisations that are asked, as they are named there."""

from __future__ import annotations

from sqlalchemy import (
    ForeignKey,
    Index,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.letter import text as texts
from workflow.models.base import (
    Base,
    folded_from,
    own_id,
)


class Recipient(Base):
    """A person and office that a letter goes to."""

    __tablename__ = "recipients"
    __table_args__ = (Index("ix_recipients_letter_id_position", "letter_id", "position"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    office: Mapped[str] = mapped_column(default="")
    address: Mapped[list[str]] = mapped_column(default=list)
    email: Mapped[str] = mapped_column(default="")

    def printed(self) -> texts.Recipient:
        """Return the recipient as a value."""
        return texts.Recipient(self.name, self.title, self.office, tuple(self.address), self.email)

    @property
    def label(self) -> str:
        """How the recipient is named in a sentence."""
        return self.name or self.office or self.title or self.email or "a recipient without a name"


class Organisation(Base):
    """An organisation as it stands on one letter: the name that is asked, signed for and printed there."""

    __tablename__ = "organisations"

    id: Mapped[str] = own_id()
    known_id: Mapped[str | None] = mapped_column(ForeignKey("known_organisations.id"), index=True)
    """The same organisation in the directory, where it stands once for all letters."""
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """The logo as a PNG."""
    folded: Mapped[str] = folded_from("name", "acronym")
    """What lists are searched in and put in order by."""

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.acronym or self.name

    @property
    def printed_name(self) -> str:
        """The name as it is printed: with the acronym where that is not in it."""
        return " ".join(texts.Signature("", "", self.name, self.acronym).lines)
