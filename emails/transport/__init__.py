"""SMTP: one message out, one typed outcome back. Never retries, never decides what an outcome means for a mail."""

from emails.transport.client import Client, Watch
from emails.transport.replies import CONNECTING, STEPS, Outcome, Verdict
from emails.transport.server import Server

__all__ = ["CONNECTING", "STEPS", "Client", "Outcome", "Server", "Verdict", "Watch"]
