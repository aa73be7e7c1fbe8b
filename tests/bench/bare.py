"""The least web process to compare a start with: bare Flask and the SQLAlchemy ORM on SQLite, one query an answer."""

import os

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = Flask(__name__)
engine = create_engine(f"sqlite:///{os.environ['BENCH_INSTANCE']}/bare.db")


class Base(DeclarativeBase):
    """The tables."""


class Answer(Base):
    """One row."""

    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


Base.metadata.create_all(engine)


@app.get("/healthz")
def healthz() -> str:
    """Answer from the database."""
    with Session(engine) as session:
        return str(session.get(Answer, 1))
