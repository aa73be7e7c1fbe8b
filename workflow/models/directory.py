"""The directory: each organisation once, for all letters, with who is written to and who signs there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, event, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.clock import now
from workflow.letter import text as texts
from workflow.models.base import FOLDED, Base, folded_from, own_id


class KnownOrganisation(Base):
    """
    An organisation in the directory. What stands on a letter is an `Organisation`, which names this one.

    Seen by whoever works in its campaign, or in one of whose letters it stands.
    """

    __tablename__ = "known_organisations"
    __table_args__ = (Index("ix_known_organisations_campaign_id_folded", "campaign_id", "folded"),)

    id: Mapped[str] = own_id()
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    """Where it was first added."""
    name: Mapped[str]
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """What it calls itself in other languages, by their codes."""
    acronym: Mapped[str] = mapped_column(default="", server_default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    website: Mapped[str] = mapped_column(default="", server_default="")
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What it is written to in; empty: the letter's language."""
    timezone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    four_eyes: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it wants one to propose and another to confirm each signature."""
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("known_organisations.id"), index=True)
    """It was another name of that one: what named this one means that one."""
    folded: Mapped[str] = mapped_column(FOLDED, default=lambda context: _folded_row(context), server_default="")
    """What lists are searched in and put in order by: a line for each of its names, the first one first."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    contacts: Mapped[list[Contact]] = relationship(
        order_by="Contact.position", back_populates="organisation", cascade="all, delete-orphan"
    )

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.acronym or self.name


class Contact(Base):
    """A person of an organisation: who gets the link, who is printed, or both."""

    __tablename__ = "contacts"

    id: Mapped[str] = own_id()
    organisation_id: Mapped[str] = mapped_column(ForeignKey("known_organisations.id"), index=True)
    position: Mapped[int] = mapped_column(default=1, server_default="1")
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(String(254), default="", index=True)
    gets_link: Mapped[bool] = mapped_column(default=False, server_default=false())
    """New invitations go to this address; true of one contact of an organisation, where one has an address."""
    also_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Gets every email of a new invitation too, with a link of their own, beside the one who gets the link."""
    signs: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Is expected to sign: this name is printed; true of one contact of an organisation, where one has a name."""
    folded: Mapped[str] = folded_from("name", "email")
    organisation: Mapped[KnownOrganisation] = relationship(back_populates="contacts")


def folded_names(name: str, acronym: str, names: Mapping[str, str]) -> str:
    """Return an organisation's names as they are compared: folded, a line each."""
    return texts.folded(name, acronym, *names.values())


def _folded_row(context: Any) -> str:
    row = context.get_current_parameters()
    return folded_names(row["name"], row.get("acronym") or "", row.get("names") or {})


@event.listens_for(KnownOrganisation, "before_update")
def _fold_organisation(mapper: object, connection: object, known: KnownOrganisation) -> None:
    known.folded = folded_names(known.name, known.acronym, known.names)


@event.listens_for(Contact, "before_update")
def _fold_contact(mapper: object, connection: object, contact: Contact) -> None:
    contact.folded = texts.folded(contact.name, contact.email)
