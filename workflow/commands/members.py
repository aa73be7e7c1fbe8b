"""Who works on a campaign, from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import or_, select

from workflow import accounts, members
from workflow.commands.context import OPERATOR, CommandError, sentences
from workflow.instance import instance
from workflow.models import Campaign, User
from workflow.transaction import Transaction

member = AppGroup("member", help="Say who works on a campaign.")


def find_campaign(session: Transaction, wanted: str) -> str:
    """Return the id of the campaign with this name, or whose id begins so; raises with what to do."""
    starts = Campaign.id.startswith(wanted.lower(), autoescape=True)
    found = session.scalars(select(Campaign.id).where(or_(Campaign.name == wanted, starts)).limit(2)).all()
    if not found:
        known = session.scalars(select(Campaign.name).order_by(Campaign.created_at.desc()).limit(20)).all()
        there = f" There are: {'; '.join(known)}." if known else " There is none yet."
        raise CommandError(f"There is no campaign “{wanted}”.{there}")
    if len(found) > 1:
        raise CommandError(f"More than one campaign is called “{wanted}”. Enter more of its id.")
    return found[0]


def _find_member(session: Transaction, email: str) -> User:
    found = accounts.with_address(session, email)
    if found is None:
        raise CommandError(f"No member of staff has the address {email}.")
    return found


@member.command("add")
@click.argument("campaign")
@click.argument("email")
@click.option("--role", type=click.Choice(["coordinator", "auditor"]), default="coordinator", show_default=True)
@sentences
def add(campaign: str, email: str, role: accounts.Role) -> None:
    """Let somebody in on a campaign (its name, or the start of its id), and email them a link."""
    with instance().database.writing() as session:
        of = find_campaign(session, campaign)
        let_in = members.let_in(session, of, email, role, OPERATOR)
    click.echo(f"{let_in.email} is a member now, as {role}. An email is on its way.")


@member.command("remove")
@click.argument("campaign")
@click.argument("email")
@sentences
def remove(campaign: str, email: str) -> None:
    """Take somebody off a campaign (its name, or the start of its id)."""
    with instance().database.writing() as session:
        of = find_campaign(session, campaign)
        gone = members.remove(session, of, _find_member(session, email).id, OPERATOR)
    click.echo(f"{gone.email} is no member any more.")


@member.command("list")
@click.argument("campaign")
@sentences
def list_members(campaign: str) -> None:
    """Show who works on a campaign (its name, or the start of its id)."""
    with instance().database.reading() as session:
        for one in members.of(session, find_campaign(session, campaign)):
            click.echo(f"{one.role:<12} {one.user.email}  {one.user.name}".rstrip())
