"""A co-signer's fields as a form shows them, with what they held then: whoever saves sees what changed meanwhile."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from workflow.campaigns.cosigner_fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsRow:
    """One co-signer's fields, and which of them may be changed here."""

    id: str
    label: str
    position: int
    fields: Fields
    shown: str
    """What its fields held when they were shown."""
    is_written_to: bool


def of(invitation_id: str, position: int, fields: Fields, is_written_to: bool) -> FieldsRow:
    """Return the row of a co-signer."""
    return FieldsRow(
        id=invitation_id,
        label=fields.acronym or fields.organisation,
        position=position,
        fields=fields,
        shown=json.dumps(asdict(fields), separators=(",", ":")),
        is_written_to=is_written_to,
    )
