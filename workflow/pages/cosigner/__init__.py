"""What a co-signing organisation sees and does, through its link."""

from flask import Flask

from workflow.pages.cosigner import afterwards, answer, arrival, conditional, disputes, requests, review

__all__ = ["afterwards", "answer", "arrival", "conditional", "disputes", "register", "requests", "review"]


def register(app: Flask) -> None:
    """Add the pages of co-signers: they are all on one blueprint, for they come in by one link."""
    app.register_blueprint(arrival.blueprint)
