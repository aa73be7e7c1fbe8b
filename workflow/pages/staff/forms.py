"""The forms of staff: what is read from a request, and what is wrong with it in a sentence."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, DateTimeLocalField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional, ValidationError

from workflow import documents
from workflow.campaigns import earlier, stationery
from workflow.campaigns.readers import Seen
from workflow.languages import LANGUAGES, lazy_gettext
from workflow.letter import typed
from workflow.moments import zones
from workflow.pages.forms import (
    COMMENT,
    EMAIL,
    LINE,
    NAME,
    NOTE,
    REASON,
    Given,
    OneOf,
    Tick,
    an_address,
    block,
    line,
    whole,
)
from workflow.pages.forms import checked as checked
from workflow.states.deadlines import AT_DEADLINE


def zone(form: FlaskForm, field: Any) -> None:
    """Take the name of a time zone; raises ValidationError for any other."""
    if field.data and field.data not in zones():
        raise ValidationError(
            lazy_gettext("There is no time zone “%(zone)s”. Enter one like Europe/Paris.", zone=field.data[:100])
        )


class Number(IntegerField):
    """A whole number within bounds, said in one sentence."""

    def __init__(self, least: int, most: int, *more: Any, **given: Any) -> None:
        self.sentence = lazy_gettext("Enter a number from %(least)s to %(most)s.", least=least, most=f"{most:,}")
        self.least, self.most = least, most
        super().__init__(validators=[*more, InputRequired(self.sentence), self._is_within], **given)

    def _is_within(self, form: FlaskForm, field: Any) -> None:
        """Raises ValidationError for a number that is out of bounds."""
        if field.data is None or not self.least <= field.data <= self.most:
            raise ValidationError(self.sentence)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent; raises ValueError with what is asked for."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(self.sentence) from error


class Moment(DateTimeLocalField):
    """A date and a time of the clock."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent; raises ValueError with what is asked for."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(lazy_gettext("Enter a date and a time, like 2027-01-31 18:00.")) from error


class Day(DateField):
    """A date."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent; raises ValueError with what is asked for."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(lazy_gettext("Enter a date, like 2027-01-31.")) from error


MOST_DIGITS = 6


class SignInForm(FlaskForm):
    """Who wants to sign in."""

    email = StringField(validators=[DataRequired(lazy_gettext("Enter your email address.")), EMAIL])


class ProfileForm(FlaskForm):
    """Who a member of staff is, and how they read."""

    name = StringField(validators=[NAME, DataRequired(lazy_gettext("Enter your name: co-signers read who asks."))])
    organisation = StringField(validators=[NAME])
    language = StringField(validators=[OneOf("", *LANGUAGES, why=lazy_gettext("Select a language."))])
    timezone = StringField(validators=[LINE, zone])


ROLE = OneOf("coordinator", "auditor", why=lazy_gettext("Select what they may do."))


class MemberForm(FlaskForm):
    """Somebody to let in on a campaign."""

    email = StringField(validators=[DataRequired(lazy_gettext("Enter an email address.")), an_address])
    role = StringField(validators=[ROLE])


class RoleForm(FlaskForm):
    """What a member may do."""

    role = StringField(validators=[ROLE])


class HandOnForm(FlaskForm):
    """Who takes over."""

    to = StringField(validators=[DataRequired(lazy_gettext("Select who takes over."))])


class AuditorLinkForm(FlaskForm):
    """Somebody who reads by a link, until a day."""

    name = StringField(validators=[NAME, DataRequired(lazy_gettext("Enter whom the link is for."))])
    email = StringField(validators=[Optional(), an_address])
    ends = Day(validators=[Optional()])


class ImportForm(FlaskForm):
    """A new letter: a file or pasted text, and the campaign that it is of; an empty one is a new one."""

    campaign = StringField()
    campaign_name = StringField(validators=[LINE])
    file = FileField()
    tracked = StringField(default="accept", validators=[OneOf("accept", "refuse", why=lazy_gettext("Select one."))])
    pasted = TextAreaField()


class EarlierForm(FlaskForm):
    """A new letter with what is taken from an earlier one."""

    campaign = StringField()
    campaign_name = StringField(validators=[LINE])
    text = Tick()
    recipients = Tick()
    organisations = StringField(
        default="", validators=[OneOf("", earlier.ALL, earlier.SIGNERS, why=lazy_gettext("Select one."))]
    )
    layout = Tick()
    terms = Tick()


class SettleForm(FlaskForm):
    """What is done about a doubt, and of which version of the draft it was said."""

    version = IntegerField(validators=[InputRequired()])
    choice = StringField(validators=[DataRequired(lazy_gettext("Select what to do."))])


class LetterForm(FlaskForm):
    """The draft. Recipients are fields of the same names, numbered."""

    version = IntegerField(validators=[InputRequired()])
    subject = StringField(validators=[whole(typed.LINE)])
    place = StringField(validators=[whole(typed.PLACE)])
    date = Day(validators=[Optional()])
    language = StringField(validators=[DataRequired("Enter the language of the letter, like en."), LINE])
    salutation = StringField(validators=[whole(typed.LINE)])
    body = TextAreaField(validators=[whole(typed.BODY)])
    closing = StringField(validators=[whole(typed.LINE)])


class TermsForm(FlaskForm):
    """The deadline and the rules of a letter, or of a campaign's new ones."""

    deadline = Moment(validators=[Optional()])
    timezone = StringField(validators=[DataRequired(lazy_gettext("Select a time zone.")), LINE, zone])
    minimum = Number(1, 100_000)
    comments_shared = Tick()
    code_required = Tick()
    four_eyes = Tick()
    objection_hours = Number(0, 720, Optional())
    at_deadline = StringField(
        default="close", validators=[OneOf(*AT_DEADLINE, why=lazy_gettext("Select what the deadline brings."))]
    )
    extend_days = Number(1, 90, Optional())
    late_names = Tick()
    reply_days = Number(1, 365, Optional())
    reminders = StringField(validators=[LINE])

    def validate_reminders(self, field: Any) -> None:
        """Numbers of days; raises ValidationError."""
        if self.reminder_days is None:
            raise ValidationError(lazy_gettext("Enter numbers of days, like 7, 3, 1; or leave it empty."))

    @property
    def reminder_days(self) -> tuple[int, ...] | None:
        """How many days before the deadline, most first; None: what was typed are no such numbers."""
        said = (self.reminders.data or "").replace(",", " ").replace(";", " ").replace("،", " ").split()
        if any(not (one.isascii() and one.isdecimal() and len(one) < MOST_DIGITS) for one in said):
            return None
        return tuple(sorted({int(one) for one in said}, reverse=True))


class SeenForm(FlaskForm):
    """What was seen before it was pressed: how many emails, and of which state of the letter."""

    number = IntegerField(validators=[Optional()])
    mark = HiddenField()

    @property
    def seen(self) -> Seen | None:
        """What an act compares; None where the page had nothing to show."""
        return None if self.number.data is None else Seen(self.number.data, self.mark.data or "")


class MovingForm(SeenForm):
    """Another deadline, empty for none, and what was seen."""

    deadline = Moment(validators=[Optional()])


class DecisionForm(SeenForm):
    """What a deadline that has come brings."""

    choice = StringField(
        validators=[OneOf("close", "extend", "open", why=lazy_gettext("Select what the deadline brings."))]
    )
    deadline = Moment(validators=[Optional()])


class AskForm(SeenForm):
    """What goes with the emails of an act, and what was seen of them."""

    deadline = Moment(validators=[Optional()])
    note_en = TextAreaField(validators=[NOTE])
    note_fr = TextAreaField(validators=[NOTE])
    note_es = TextAreaField(validators=[NOTE])
    note_ar = TextAreaField(validators=[NOTE])


class CampaignForm(TermsForm):
    """A campaign: what it is called, who asks, and what its new letters begin with."""

    name = StringField(validators=[LINE, DataRequired(lazy_gettext("Enter a name for the campaign."))])
    asks_as = StringField(validators=[line(typed.LINE)])
    individuals = Tick()
    footer_code = Tick()
    retention_days = StringField(validators=[LINE])

    def validate_retention_days(self, field: Any) -> None:
        """Empty, or a number of days; raises ValidationError."""
        said = (field.data or "").strip()
        if said and not (said.isascii() and said.isdecimal() and 30 <= int(said[:6]) <= 36_500):
            raise ValidationError(lazy_gettext("Enter a number of days from 30 to 36,500, or leave it empty."))

    @property
    def days(self) -> int | None:
        """How many days a letter is kept; None: until somebody erases it."""
        said = (self.retention_days.data or "").strip()
        return int(said) if said else None


class LookForm(FlaskForm):
    """Whom, or which letter, somebody means to erase."""

    wanted = StringField(validators=[DataRequired(lazy_gettext("Enter an email address, or a letter’s page.")), LINE])
    documents = Tick()


class EraseForm(FlaskForm):
    """What is erased, typed twice, and why."""

    wanted = HiddenField(validators=[LINE])
    documents = Tick()
    ground = StringField(validators=[DataRequired(lazy_gettext("Select why."))])
    again = StringField(validators=[DataRequired(lazy_gettext("Type it again.")), LINE])


class EraseReplyForm(FlaskForm):
    """Which reply of an office is erased, and why."""

    letter = HiddenField(validators=[LINE])
    reply = HiddenField(validators=[LINE])
    ground = StringField(validators=[DataRequired(lazy_gettext("Select why."))])


class HoldForm(FlaskForm):
    """Why nothing of a letter may be erased."""

    letter = HiddenField(validators=[LINE])
    reason = StringField(validators=[DataRequired(lazy_gettext("Enter why nothing may be erased.")), LINE])


class ExtensionForm(FlaskForm):
    """A later deadline, for one organisation alone or for all."""

    whom = StringField(default="one", validators=[OneOf("one", "all", why=lazy_gettext("Select for whom."))])

    deadline = Moment(validators=[InputRequired(lazy_gettext("Enter a date and a time."))])


class TimeDeclinedForm(FlaskForm):
    """Why there is no more time; it may be left out."""

    reason = TextAreaField(validators=[REASON])


class CosignerForm(FlaskForm):
    """An organisation to invite, or somebody who is asked in their own name."""

    organisation = StringField(validators=[LINE])
    acronym = StringField(validators=[LINE])
    signatory = StringField(validators=[LINE])
    title = StringField(validators=[LINE])
    email = StringField(validators=[Optional(), EMAIL])
    required = Tick()
    individual = Tick()

    def validate_organisation(self, field: Any) -> None:
        """An organisation has a name; raises ValidationError."""
        if not self.individual.data and not (field.data or "").strip():
            raise ValidationError(lazy_gettext("Enter the name of the organisation."))

    def validate_signatory(self, field: Any) -> None:
        """So has somebody who signs in their own; raises ValidationError."""
        if self.individual.data and not (field.data or "").strip():
            raise ValidationError(lazy_gettext("Enter the name of the person."))


class LayoutForm(FlaskForm):
    """How a letter is printed; that a letterhead of one's own exists is for the act to say."""

    letterhead = StringField()
    layout = StringField(validators=[AnyOf(list(documents.Layout), "Select a signature layout.")])
    ordering = StringField(validators=[AnyOf(list(stationery.ORDERS), "Select an order.")])
    room_to_sign = Tick()
    running_header = Tick()
    footer_code = Tick()
    fit_pages = Number(1, stationery.MOST_PAGES, Optional())


class LetterheadForm(FlaskForm):
    """A letterhead to check and keep."""

    name = StringField(validators=[line(typed.LETTERHEAD)])
    file = FileField()


class StandingForm(FlaskForm):
    """Where a co-signer appears below the letter, and how it is named."""

    position = Number(1, 100_000)
    country = StringField(validators=[LINE])
    founder = Tick()
    confidential = Tick()


class EmailForm(FlaskForm):
    """One address."""

    email = StringField(validators=[DataRequired("Enter an email address."), EMAIL])


class RenamingForm(FlaskForm):
    """How an organisation's name is printed, corrected."""

    organisation = StringField(validators=[DataRequired(lazy_gettext("Enter the name of the organisation.")), LINE])
    acronym = StringField(validators=[LINE])


class ContactForm(FlaskForm):
    """One more contact of an organisation."""

    name = StringField(validators=[NAME])
    email = StringField(validators=[EMAIL, Given(lazy_gettext("Enter an email address."))])


class FourEyesForm(FlaskForm):
    """Whether two have to sign for an organisation."""

    wanted = Tick()


class SecondContactForm(FlaskForm):
    """Who else of an organisation is told; empty: nobody."""

    email = StringField(validators=[Optional(), EMAIL])


class ReaderForm(FlaskForm):
    """The language that a co-signer is written to in, and where its clock runs."""

    language = StringField(validators=[AnyOf(["", *LANGUAGES], "Select a language.")])
    timezone = StringField(validators=[LINE, zone])


class RemindersForm(FlaskForm):
    """Whether a co-signer is reminded."""

    wanted = Tick()


class ReasonForm(SeenForm):
    """Why: it goes on the record; and what was seen."""

    reason = TextAreaField(validators=[DataRequired("Enter a reason. Co-signers will see it."), REASON])


class ReplyForm(FlaskForm):
    """An answer to a comment."""

    words = TextAreaField(validators=[DataRequired("Enter your reply."), COMMENT])


class SettlementForm(FlaskForm):
    """What became of a letter whose delivery is uncertain."""

    choice = StringField(validators=[AnyOf(["arrived", "again"], "Select “Mark as received” or “Send again”.")])


class CoverForm(FlaskForm):
    """What goes with the letter; what is wrong with it is for the act to say."""

    subject = StringField(validators=[LINE])
    words = TextAreaField(validators=[block(typed.COVER)])
    copies = TextAreaField(validators=[whole(typed.COVER)])


class DispatchForm(FlaskForm):
    """The last look before the letter goes out."""

    fingerprint = HiddenField()
    mark = HiddenField()
    looked = Tick(validators=[DataRequired(lazy_gettext("Open the document, check it, then tick the box."))])
    how = StringField(
        default="", validators=[OneOf("", "now", "later", why=lazy_gettext("Choose to send now, or to schedule."))]
    )
    at = Moment(validators=[Optional()])


class CallForm(FlaskForm):
    """A letter's public page: the coordinator's words on it, and whether it gets another address."""

    words = TextAreaField(validators=[NOTE])
    renew = Tick()


class LateNameForm(FlaskForm):
    """An organisation that is asked after the letter was sent."""

    organisation = StringField(validators=[LINE, DataRequired(lazy_gettext("Enter the name of the organisation."))])
    acronym = StringField(validators=[LINE])
    signatory = StringField(validators=[LINE])
    title = StringField(validators=[LINE])
    email = StringField(validators=[DataRequired(lazy_gettext("Enter an email address.")), EMAIL])


class AddendumForm(FlaskForm):
    """The addendum as it was looked at."""

    fingerprint = HiddenField()
    looked = Tick()


class OfficeReplyForm(FlaskForm):
    """What a recipient's office replied."""

    recipient = StringField()
    received = Day(validators=[Optional()])
    words = StringField()
    file = FileField()


class TellingForm(FlaskForm):
    """How many emails were said to go."""

    seen = IntegerField(validators=[Optional()])
