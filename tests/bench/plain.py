"""What ours is measured against: a plain Flask app with the SQLAlchemy ORM, one insert, one select."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from config.settings import Settings
from workflow.database import Database


class Base(DeclarativeBase):
    """The tables of the plain app."""


class Answer(Base):
    """One row, as a form would write it."""

    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def create_app() -> Flask:
    """Make the app over a database of its own, with the engine that ours has (durable, IMMEDIATE on SQLite)."""
    app = Flask(__name__)
    url = os.environ.get("BENCH_DATABASE_URL", "")
    folder = Path(os.environ["BENCH_INSTANCE"])
    folder.mkdir(exist_ok=True)
    engine = Database(Settings(instance=folder, database_url=url)).engine
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        if session.get(Answer, 1) is None:
            session.add(Answer(id=1, name="x"))
            session.flush()
            if engine.dialect.name == "postgresql":
                session.execute(text("SELECT setval('answers_id_seq', 1)"))

    @app.post("/insert")
    def insert() -> str:
        with Session(engine) as session, session.begin():
            session.add(Answer(name="x"))
        return "ok"

    @app.get("/select")
    def select() -> str:
        with Session(engine) as session:
            found = session.get(Answer, 1)
        return f"<!doctype html><title>Answer</title><p>{found.name if found else 'none'}"

    return app
