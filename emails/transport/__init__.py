"""SMTP: one message out, one typed outcome back. Never retries, never decides what an outcome means for a mail."""

from emails.transport.client import Client, Offered
from emails.transport.replies import CONNECTING, STEPS, Outcome, Verdict
from emails.transport.server import Server
from emails.transport.transaction import Watch

__all__ = ["CONNECTING", "STEPS", "Client", "Offered", "Outcome", "Server", "Verdict", "Watch"]
