"""The register of mails against its folders of templates: nothing is missing, nothing left over, none spelt twice."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_type_hints

import pytest
from jinja2 import Environment, FileSystemLoader, meta, nodes

from workflow.mails.audiences import Audience
from workflow.mails.registry import LIMIT, MAILS, following_the_text, mail, sent_once
from workflow.mails.source import Part
from workflow.mails.writing import TEMPLATES

ROOT = Path(__file__).parents[2]
OF_EVERY_MAIL = {"mail_language", "direction", "subject"}
EVERY_MAIL = pytest.mark.parametrize("kind", MAILS)
SHARED = Environment(extensions=["jinja2.ext.i18n"], loader=FileSystemLoader(TEMPLATES))
SHARED.filters.update(filled=str, plain=str)


def fields(data: type[Part]) -> Iterator[str]:
    """What templates have by name."""
    types = get_type_hints(data)
    for field in dataclasses.fields(data):
        inner = types[field.name]
        yield from fields(inner) if isinstance(inner, type) and issubclass(inner, Part) else (field.name,)


@cache
def parsed(name: str) -> nodes.Template:
    return SHARED.parse(SHARED.loader.get_source(SHARED, name)[0])  # type: ignore[union-attr]


def names_in(tree: nodes.Template) -> Iterator[str]:
    """Every name that a template takes from its data, itself or in what it includes or calls."""
    imports = list(tree.find_all(nodes.FromImport))
    yield from meta.find_undeclared_variables(tree) - {name for one in imports for name in one.names}
    for whole in tree.find_all(nodes.Extends):
        yield from names_in(parsed(whole.template.as_const()))
    for imported in imports:
        yield from names_in_macros(imported.template.as_const(), imported.names)


def names_in_macros(name: str, wanted: list[str | tuple[str, str]]) -> Iterator[str]:
    """What macros of another file take from the data, with the macros that they call."""
    tree = parsed(name)
    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    imports = {one: i for i in tree.find_all(nodes.FromImport) for one in i.names if isinstance(one, str)}
    for one in wanted:
        called = macros[one if isinstance(one, str) else one[0]]
        for taken in meta.find_undeclared_variables(nodes.Template([called]).set_environment(SHARED)):
            if taken in macros:
                yield from names_in_macros(name, [taken])
            elif taken in imports:
                yield from names_in_macros(imports[taken].template.as_const(), [taken])
            else:
                yield taken


def taken_by(kind: str) -> set[str]:
    """Every name that the templates of a mail take from its data."""
    files = ("subject.txt", "body.txt", "body.html")
    found = {name for file in files for name in names_in(parsed(f"{kind}/{file}"))}
    return found - {"gettext", "ngettext", "_"} - OF_EVERY_MAIL


def test_every_folder_of_templates_is_a_registered_mail_and_every_mail_has_its_folder() -> None:
    assert {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()} == set(MAILS)


@EVERY_MAIL
def test_a_mail_has_its_words_and_what_it_is_called(kind: str) -> None:
    assert {"subject.txt", "body.txt", "body.html"} <= {file.name for file in (TEMPLATES / kind).iterdir()}
    assert MAILS[kind].label
    assert [known.label for known in MAILS.values()].count(MAILS[kind].label) == 1
    assert len(kind) <= 20, "The column that holds it has 20 characters."


@pytest.mark.slow
@EVERY_MAIL
def test_the_templates_of_a_mail_take_just_what_its_data_gives(kind: str) -> None:
    given = set(fields(MAILS[kind].data)) - {"attachments"}
    # Of a whole letter that is shown, the office's subject needs no more than its subject line.
    assert taken_by(kind) == given


def test_the_rules_are_those_that_mails_were_always_under() -> None:
    assert {"invitation", "sign_off", "revised"} <= set(following_the_text())
    assert "letter" in sent_once()
    assert not {"letter", "receipt", "code", "copy"} & set(following_the_text())
    assert MAILS["letter"].limit < MAILS["receipt"].limit == LIMIT


@pytest.mark.parametrize("kind", ["code", "confirmation", "copy", "handed_over", "letter"])
def test_a_mail_to_others_or_with_a_code_holds_no_link(kind: str) -> None:
    """A link opens one contact's mail only, and signs nothing without the code where one is asked for."""
    assert "link" not in set(fields(MAILS[kind].data))


def test_a_kind_is_registered_once() -> None:
    nobody = Audience(lambda delivery: "")
    with pytest.raises(ValueError, match="receipt"):
        mail("receipt", "another receipt", nobody)(lambda source: MAILS["receipt"].write(source))


# --- the code ---------------------------------------------------------------------------------------------------------


@cache
def modules() -> list[tuple[str, ast.Module]]:
    folder = ROOT / "workflow"
    return [(path.relative_to(folder).as_posix(), ast.parse(path.read_text())) for path in folder.rglob("*.py")]


@pytest.mark.slow
def test_a_delivery_is_written_by_a_registered_mail_alone() -> None:
    writers = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Delivery"
    }
    assert writers == {"mails/registry.py"}


@pytest.mark.slow
def test_no_mail_is_known_by_name_outside_its_own_module() -> None:
    """Not `delivery.kind == "letter"`: a mail's rules are asked."""
    compared = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if not path.startswith(("verify/", "imports/", "documents/", "letter/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and "kind" in ast.unparse(node.left)
        for other in node.comparators
        if isinstance(other, ast.Constant) and other.value in MAILS
    ]
    assert compared == []
