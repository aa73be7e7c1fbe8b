"""SMTP: one message out, one typed outcome back. Never retries, never decides what an outcome means for a mail."""

from emails.transport.answers import CONNECTING, STEPS, Outcome, Verdict
from emails.transport.connection import Connection, Watch
from emails.transport.server import Server

__all__ = ["CONNECTING", "STEPS", "Connection", "Outcome", "Server", "Verdict", "Watch"]
