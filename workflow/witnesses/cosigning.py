"""Witnesses (c2sp.org/tlog-witness): they sign only what continues all that they have signed before."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from workflow import merkle
from workflow.verify.notes import read_key
from workflow.verify.report import InputError, VerificationError
from workflow.verify.witnessed import check_cosignatures
from workflow.witnesses.asking import Answer, post
from workflow.witnesses.seen import COSIGNATURE, ContradictedError, Head, OutsideError

SIZE = "text/x.tlog.size"
TRIES = 3


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: where it is asked, and its key."""

    url: str
    vkey: str
    kind: str = COSIGNATURE

    @property
    def name(self) -> str:
        """By the name of its key."""
        return self.vkey.partition("+")[0]

    def see(self, head: Head, before: int) -> bytes:
        """Have a head signed; returns the line of its signature, which holds."""
        for _ in range(TRIES):
            answer = self._ask(head, before)
            if answer.status == 200:
                return self._line(head, answer.content)
            known = _size(answer)
            if known is None or known == before:
                raise self._refused(head, answer, before)
            if known > head.size:
                raise ContradictedError(
                    f"The witness {self.name} has signed a head of {known} entries, and this database knows "
                    f"{head.size}: it was restored from an older backup. Compare: flask history compare"
                )
            before = known
        raise OutsideError(f"The witness {self.name} says another size each time it is asked.")

    def _ask(self, head: Head, before: int) -> Answer:
        proof = head.since(before) if 0 < before < head.size else []
        lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
        body = f"old {before}\n{lines}\n{head.note}"
        return post(f"{self.url.rstrip('/')}/add-checkpoint", body.encode(), "text/plain")

    def _line(self, head: Head, content: bytes) -> bytes:
        """Of the lines of an answer the one that this witness has signed; what others sign is passed over."""
        key = read_key(self.vkey, 4)
        begin = f"— {key.name} "
        for line in content.decode("utf-8", "replace").split("\n"):
            try:
                of_its_key = line.startswith(begin) and base64.b64decode(line[len(begin) :])[:4] == key.mark
                if of_its_key and check_cosignatures(f"{head.note}{line}\n", [self.vkey], merkle.is_signed):
                    return f"{line}\n".encode()
            except (VerificationError, InputError, ValueError) as error:
                raise OutsideError(f"What the witness {self.name} signed was not kept: {error}.") from error
        raise OutsideError(f"The witness {self.name} answers without a signature under the key that is set.")

    def _refused(self, head: Head, answer: Answer, before: int) -> OutsideError:
        said = f"The witness {self.name}"
        if answer.status == 404:
            return OutsideError(f"{said} does not know this log. Give its operator the key {head.vkey}")
        if answer.status == 403:
            return OutsideError(f"{said} knows this log under another key. Give its operator the key {head.vkey}")
        if answer.status == 422 or (answer.status == 409 and before == head.size):
            return ContradictedError(
                f"{said} refuses the head of {head.size} entries, for it does not continue the one of {before} that it "
                "has signed: the log was forked. Compare: flask history compare"
            )
        return OutsideError(f"{said} answers {answer.status} to a head.")


def _size(answer: Answer) -> int | None:
    """The size that a witness says it knows, where that is its answer."""
    digits = answer.content.strip()
    if answer.status != 409 or answer.media_type != SIZE or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits)
