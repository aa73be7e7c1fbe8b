"""
Durable work: deliver mails, make documents, and each few seconds find what is due.

A job takes ids only and looks again at what it finds: run twice, or by two workers, it does its work once.
"""

from workflow.jobs.batches import batch
from workflow.jobs.mailing import deliver
from workflow.jobs.rendering import render, render_addendum
from workflow.jobs.sweep import keep_time, left_lying, record_jump, recover, tidy
from workflow.jobs.worker import Worker, start

__all__ = [
    "Worker",
    "batch",
    "deliver",
    "keep_time",
    "left_lying",
    "record_jump",
    "recover",
    "render",
    "render_addendum",
    "start",
    "tidy",
]
