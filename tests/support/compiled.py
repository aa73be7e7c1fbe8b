"""What is compiled once for all tests of a run: half of their time went into templates, statements and routes."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class Templates(BytecodeCache):
    """Templates that were compiled for one app serve all others."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


def share() -> None:
    """Let apps share their templates and what builds their addresses, and engines of a kind their statements."""
    _share_templates(Templates())
    _share_statements({})
    _share_routes({})


def _share_templates(templates: Templates) -> None:
    made_for = Flask.create_jinja_environment

    def sharing(app: Flask) -> Environment:
        made = made_for(app)
        made.bytecode_cache = templates
        return made

    Flask.create_jinja_environment = sharing


def _share_statements(statements: dict[str, LRUCache]) -> None:
    make = Engine.__init__

    def sharing(self: Engine, pool: Any, dialect: Any, *given: Any, **more: Any) -> None:
        make(self, pool, dialect, *given, **more)
        self._compiled_cache = statements.setdefault(dialect.name, LRUCache(5000))

    Engine.__init__ = sharing
    # A statement is known by its dialect too: those of a kind are alike here.
    for kind in (SQLiteDialect, PGDialect):
        kind.__hash__ = lambda self: hash(type(self))
        kind.__eq__ = lambda self, other: type(self) is type(other)


def _share_routes(known: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    compiles = Rule.compile

    def sharing(self: Rule) -> None:
        kinds = tuple(self.map.converters.values())
        key = (self.rule, self.subdomain, self.host, self.merge_slashes, str(self.defaults), kinds)
        if key not in known:
            compiles(self)
            known[key] = {name: getattr(self, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            known[key] |= {name: getattr(self, name).__func__ for name in ("_build", "_build_unknown")}
            return
        for name, value in known[key].items():
            setattr(self, name, value.__get__(self) if name in ("_build", "_build_unknown") else value)

    Rule.compile = sharing
