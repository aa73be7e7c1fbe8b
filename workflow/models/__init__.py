"""The tables. A row's `state` is written by its machine alone (`history`): to assign it raises GuardedStateError."""

from workflow.clock import now
from workflow.models.base import Base, UtcDateTime, allow_state_change, new_id
from workflow.models.directory import Contact, KnownOrganisation
from workflow.models.letters import (
    Code,
    Comment,
    Invitation,
    Letter,
    Link,
    Organisation,
    Recipient,
    Revision,
    Signoff,
)
from workflow.models.log import (
    Checkpoint,
    CommonCheckpoint,
    CommonEntry,
    CommonHead,
    CommonSubtree,
    Disclosure,
    HeadWitness,
    InstanceKey,
    LogEntry,
    LogHead,
    LogSubtree,
    Sequenced,
)
from workflow.models.mail import Delivery, MailPause, MailSkeleton, WorkerSeen
from workflow.models.people import AuditorLink, Campaign, Membership, RateLimitCounter, SignInLink, StaffSession, User
from workflow.models.stored import Document, Letterhead, Rendering
from workflow.models.under_way import Batch, Intake, Note, PastedList

__all__ = [
    "AuditorLink",
    "Base",
    "Batch",
    "Campaign",
    "Checkpoint",
    "Code",
    "Comment",
    "CommonCheckpoint",
    "CommonEntry",
    "CommonHead",
    "CommonSubtree",
    "Contact",
    "Delivery",
    "Disclosure",
    "Document",
    "HeadWitness",
    "InstanceKey",
    "Intake",
    "Invitation",
    "KnownOrganisation",
    "Letter",
    "Letterhead",
    "Link",
    "LogEntry",
    "LogHead",
    "LogSubtree",
    "MailPause",
    "MailSkeleton",
    "Membership",
    "Note",
    "Organisation",
    "PastedList",
    "RateLimitCounter",
    "Recipient",
    "Rendering",
    "Revision",
    "Sequenced",
    "SignInLink",
    "Signoff",
    "StaffSession",
    "User",
    "UtcDateTime",
    "WorkerSeen",
    "allow_state_change",
    "new_id",
    "now",
]
