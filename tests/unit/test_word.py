"""A letter from a Word document: its words as they stand, with what is said of them, and what is left out said."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.support.docx_in import docx, paragraph, run, table
from workflow import imports
from workflow.errors import IncomingError
from workflow.imports import word
from workflow.letter import text

BOLD, ITALIC = "<w:b/>", "<w:i/>"
LONG = "We write to you about the rivers of the north, which have been dry since the spring of last year."


LAST = "We ask you to open the gates of the upper dam before the summer, and to tell us when you will do so."


def read(*blocks, relations=None, tracked="accept", **parts):
    """Take in a letter that has these blocks between its first paragraph and its last."""
    above = "".join(map(paragraph, ("Dear Minister,", "", LONG)))
    below = "".join(map(paragraph, (LAST, "", "Sincerely,", "", "Anna Berg", "Director", "Rivers Trust (RT)")))
    made = docx(above + "".join(blocks) + below, parts, relations)
    return imports.read(made, "letter.docx", tracked=tracked)


def between(letter):
    """What stands between the first paragraph and the last."""
    before, _, rest = letter.letter.body.partition(LONG)
    inside, _, below = rest.partition(LAST)
    assert before == "" and letter.letter.closing == "Sincerely,"
    return (inside + below).strip()


def after(*blocks, **about):
    return between(read(*blocks, **about))


# --- looks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "written"),
    [
        ((run("a "), run("bold", BOLD), run(" b")), "a **bold** b"),
        ((run("a "), run("bold ", BOLD), run("b")), "a **bold** b"),
        ((run("bo", BOLD), run("ld", BOLD + '<w:rFonts w:ascii="Arial"/>')), "**bold**"),
        ((run("bo", BOLD), run(" "), run("ld", BOLD)), "**bo ld**"),
        ((run("a"), run("b", BOLD), run("c")), "a**b**c"),
        ((run("a"), run("(b)", BOLD), run("c")), "a(**b**)c"),
        ((run("both", BOLD + ITALIC),), "***both***"),
        ((run("one ", BOLD), run("both", BOLD + ITALIC), run(" two", ITALIC)), "**one *both*** *two*"),
        ((run("on", '<w:b w:val="1"/>'), run(" off", '<w:b w:val="0"/>')), "**on** off"),
        ((run("سطر", '<w:rtl/><w:bCs/>'), run(" سطر", "<w:rtl/><w:b/>")), "**سطر** سطر"),
    ],
)  # fmt: skip
def test_bold_and_italic_are_what_the_author_saw(runs, written):
    assert after(paragraph(*runs)) == written


STYLES = (
    '<w:style w:type="paragraph" w:styleId="Loud"><w:name w:val="Loud"/><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Louder"><w:name w:val="x"/><w:basedOn w:val="Loud"/></w:style>'
    '<w:style w:type="character" w:styleId="Strong"><w:name w:val="Strong"/><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="T3"><w:name w:val="T"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Q"><w:name w:val="Intense Quote"/><w:rPr><w:i/></w:rPr></w:style>'
)


def styled(name, *runs):
    return paragraph(*runs, looks=f'<w:pStyle w:val="{name}"/>')


def test_styles_make_bold_headings_and_quotes_and_two_that_toggle_undo_one_another():
    strong = '<w:rStyle w:val="Strong"/>'
    blocks = (
        styled("Louder", "loud"), styled("Loud", run("loud "), run("still", strong)), paragraph(run("so", strong)),
        styled("Heading2", "Part"), styled("T3", "Sub"), styled("Q", "quoted"),
    )  # fmt: skip

    assert after(*blocks, styles=STYLES).split("\n\n") == [
        "**loud**", "**loud** still", "**so**", "## Part", "### Sub", "> quoted"
    ]  # fmt: skip


# --- words ---------------------------------------------------------------------------------------------------------

SIGNS = ("*", "_", "#", "1.", "-", "+", ">", "[a](b)", "[^1]", "`c`", "<d>", "&amp;", "\\", "|", "~", "=", "---", "**")


@pytest.mark.parametrize("sign", SIGNS)
def test_what_markdown_would_read_as_a_mark_stays_words(sign):
    lines = (f"{sign} words", f"words {sign} words", f"words {sign}", f"a{sign}b", sign + "words")
    every = [
        (one, runs) for one in lines for runs in ((run(one),), (run(one[:3], BOLD), run(one[3:])), (run(one, ITALIC),))
    ]

    parsed = text.parse(after(*(paragraph(*runs) for _, runs in every)))

    assert [text.plain_inline(token) for token in parsed if token.type == "inline"] == [one for one, _ in every]


def test_breaks_tabs_hyphens_and_signs():
    inner = (
        "<w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t><w:noBreakHyphen/><w:t>four fi</w:t>"
        '<w:softHyphen/><w:t>ve </w:t><w:sym w:font="Wingdings" w:char="F0FC"/><w:t>\u00ad\u200b!</w:t></w:r>'
    )

    assert after(paragraph(inner)) == "one\\\ntwo three-four five ✓!"


def test_what_only_stands_around_words_does_not_hide_them():
    wrapped = (
        "<w:smartTag><w:r><w:t>tag </w:t></w:r></w:smartTag>"
        "<w:sdt><w:sdtContent><w:r><w:t>control </w:t></w:r></w:sdtContent></w:sdt>"
        '<w:bdo w:val="rtl"><w:r><w:t>turned</w:t></w:r></w:bdo>'
    )
    block = f"<w:sdt><w:sdtContent>{paragraph('in a block')}</w:sdtContent></w:sdt>"

    assert after(paragraph(wrapped), block) == "tag control turned\n\nin a block"


def test_fields_give_their_results_and_no_numbers_of_pages():
    def field(code, result):
        parts = (f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end"))
        begin, separate, end = (f"<w:r>{part}</w:r>" for part in parts)
        return f"{begin}<w:r><w:instrText>{code}</w:instrText></w:r>{separate}{run(result)}{end}"

    simple = '<w:fldSimple w:instr=" NUMPAGES ">' + run("9") + "</w:fldSimple>"
    line = paragraph(
        run("see "), field(" REF x ", "part 2"), field(" PAGE ", "7"), simple, run(" of "),
        field(' HYPERLINK "https://a.example/" ', "this"), run("."),
    )  # fmt: skip

    assert after(line) == "see part 2 of [this](https://a.example/)."


def test_a_page_number_that_is_never_ended_hides_nothing_of_what_follows():
    kinds = (f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate"))
    begun = "<w:r>" + "<w:instrText>PAGE</w:instrText>".join(kinds) + "</w:r>"

    assert after(paragraph(begun), paragraph("kept")) == "kept"


def test_only_safe_links_are_kept_and_the_words_of_all():
    links = "".join(f'<w:hyperlink r:id="h{n}">{run(f"link{n} ")}</w:hyperlink>' for n in range(3))
    targets = ("https://a.example/b c(d)", "javascript:alert(1)", "mailto:a@b.example")
    relations = {f"h{n}": ("hyperlink", target) for n, target in enumerate(targets)}

    got = read(paragraph(links), relations=relations)

    assert between(got) == "[link0](https://a.example/b%20c%28d%29) link1 [link2](mailto:a@b.example)"
    assert any("javascript:alert(1)" in doubt for doubt in got.unsure)


# --- lists, tables, notes ------------------------------------------------------------------------------------------


def level(number, form, words):
    return f'<w:lvl w:ilvl="{number}"><w:numFmt w:val="{form}"/><w:lvlText w:val="{words}"/></w:lvl>'


NUMBERING = "".join(
    f'<w:abstractNum w:abstractNumId="{name}">{levels}</w:abstractNum>'
    for name, levels in (
        (0, level(0, "bullet", "•") + level(1, "bullet", "o")),
        (1, level(0, "decimal", "%1.") + level(1, "lowerLetter", "(%2)")),
        (2, level(0, "upperRoman", "Article %1") + level(1, "decimal", "%1.%2")),
    )
) + "".join(
    f'<w:num w:numId="{number}"><w:abstractNumId w:val="{name}"/>{start}</w:num>'
    for number, name, start in (
        (1, 0, ""), (2, 1, ""), (3, 2, ""),
        (4, 1, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'),
    )
)  # fmt: skip


def item(words, number, deep=0):
    return paragraph(words, looks=f'<w:numPr><w:ilvl w:val="{deep}"/><w:numId w:val="{number}"/></w:numPr>')


@pytest.mark.parametrize(
    ("blocks", "written"),
    [
        ((item("a", 1), item("b", 1, 1), item("c", 1)), "- a\n  - b\n- c"),
        ((item("a", 2), item("b", 2)), "1. a\n2. b"),
        ((item("a", 2), paragraph("between"), item("b", 2)), "1. a\n\nbetween\n\n2. b"),
        ((item("a", 2), item("b", 2), item("c", 4)), "1. a\n2. b\n\n1) c"),
        ((item("a", 2), item("b", 2, 1), item("c", 2)), "1. a\n\n   (a) b\n2. c"),
        ((item("a", 3), item("b", 3, 1)), "Article I a\n\nI.1 b"),
        ((item("a", 1), item("b", 2, 0)), "- a\n\n1. b"),
        ((item("a", 0), item("b", 99)), "a\n\nb"),
    ],
)
def test_lists_are_numbered_as_they_are_printed(blocks, written):
    assert after(*blocks, numbering=NUMBERING) == written


def test_a_table_is_a_table_and_its_bars_and_marks_stay():
    rows = table(("Year", "Deaths"), ("2025", "1 | 2"), ("", paragraph(run("7", BOLD))))

    assert after(rows) == "| Year | Deaths |\n| --- | --- |\n| 2025 | 1 \\| 2 |\n|  | **7** |"


def test_a_table_that_only_arranges_gives_its_paragraphs():
    box = table((paragraph("in a box") + paragraph("of two"),))

    assert after(box) == "in a box\n\nof two"


def test_signature_blocks_that_stand_in_tables_are_the_signatories():
    def cell(*lines):
        return "".join(map(paragraph, lines))

    people = (("Lu Xun", "Chair", "Lakes League"), ("Ona Mir", "Secretary", "Union of Springs (UOS)"))
    side_by_side = table(tuple(cell(*one) for one in people))
    by_rows = table(*people)
    by_columns = table(*itertools.zip_longest(*people))
    for laid in (side_by_side, by_rows, by_columns):
        made = docx("".join(map(paragraph, ("Dear Minister,", LONG, "Sincerely,"))) + laid)

        found = [(c.signatory, c.title, c.organisation, c.acronym) for c in imports.read(made, "a.docx").cosigners]

        assert found == [("Lu Xun", "Chair", "Lakes League", ""), ("Ona Mir", "Secretary", "Union of Springs", "UOS")]


def test_footnotes_and_endnotes_stand_below_the_text_each_where_its_mark_is():
    notes = "".join(f'<w:{{0}} w:id="{n}">{paragraph(f"Note {n}*", run("x", BOLD))}</w:{{0}}>' for n in (2, 3))
    marks = '<w:r><w:footnoteReference w:id="3"/></w:r>', '<w:r><w:endnoteReference w:id="2"/></w:r>'

    got = after(
        paragraph("a", marks[0], run(" b"), marks[1]),
        footnotes=notes.format("footnote"), endnotes=notes.format("endnote"),
    )  # fmt: skip

    assert got == "a[^1] b[^2]\n\n\n\n[^1]: Note 3\\***x**\n\n[^2]: Note 2\\***x**"


def test_a_note_whose_mark_is_not_in_the_text_is_quoted():
    signed = paragraph("Anna Berg, Director, Rivers Trust", '<w:r><w:footnoteReference w:id="2"/></w:r>')
    notes = f'<w:footnote w:id="2">{paragraph("Founded in 1999")}</w:footnote>'
    made = docx("".join(map(paragraph, ("Dear Minister,", LONG, "Sincerely,"))) + signed, {"footnotes": notes})

    assert any("Founded in 1999" in doubt for doubt in imports.read(made, "a.docx").unsure)


# --- tracked changes -----------------------------------------------------------------------------------------------


def changed(kind, inner, author="Ana"):
    return f'<w:{kind} w:author="{author}">{inner}</w:{kind}>'


DELETED = "<w:r><w:delText>old</w:delText></w:r>"
MOVED = paragraph("a ", changed("moveFrom", run("x"))), paragraph("b ", changed("moveTo", run("x")))
END = "<w:rPr><w:{0} w:author='Bo'/></w:rPr>"
ENDS_GONE = (*(paragraph(one, looks=END.format("del")) for one in "ab"), paragraph("c"))


@pytest.mark.parametrize(
    ("blocks", "accepted", "refused"),
    [
        ((paragraph("a ", changed("del", DELETED), changed("ins", run("new"))),), "a new", "a old"),
        (MOVED, "a\n\nb x", "a x\n\nb"),
        ((paragraph("a", looks=END.format("ins")), paragraph("b")), "a\n\nb", "ab"),
        ((paragraph("a", looks=END.format("del")), paragraph("b")), "ab", "a\n\nb"),
        (ENDS_GONE, "abc", "a\n\nb\n\nc"),
        ((paragraph(changed("ins", run("a")), looks=END.format("ins")), paragraph("b")), "a\n\nb", "b"),
        ((paragraph(run("a", BOLD + '<w:rPrChange w:author="Bo"><w:rPr/></w:rPrChange>')),), "**a**", "a"),
    ],
)  # fmt: skip
def test_tracked_changes_are_accepted_or_refused_as_the_author_says(blocks, accepted, refused):
    for tracked, expected in (("accept", accepted), ("refuse", refused)):
        got = read(*blocks, tracked=tracked)

        assert between(got) == expected
        assert set(got.tracked) <= {"Ana", "Bo"} and sum(got.tracked.values()) > 0
        assert any("tracked change" in doubt and tracked in doubt for doubt in got.unsure)


def test_rows_and_cells_come_and_go_with_their_changes():
    row = "<w:tr><w:trPr>{0}</w:trPr><w:tc><w:p><w:r><w:t>{1}</w:t></w:r></w:p></w:tc></w:tr>"
    rows = row.format('<w:ins w:author="a"/>', "new") + row.format('<w:del w:author="a"/>', "old") + row.format("", "x")

    assert after(f"<w:tbl>{rows}</w:tbl>") == "new\n\nx"
    assert after(f"<w:tbl>{rows}</w:tbl>", tracked="refuse") == "old\n\nx"


# --- what is left out is said --------------------------------------------------------------------------------------

BOX = f"<w:txbxContent>{paragraph('boxed words')}</w:txbxContent>"


def test_what_is_no_part_of_the_letter_is_left_out_and_said():
    picture = "<w:r><w:drawing><a:blip/></w:drawing></w:r>"
    comment = '<w:r><w:commentReference w:id="1"/></w:r>'
    got = read(
        paragraph("kept", run(" hidden", "<w:vanish/>"), picture, comment, "<w:r><w:object/></w:r>"),
        header1=paragraph("Rivers Trust, 1 Quay"),
    )
    said = " ".join(got.unsure)

    assert between(got) == "kept"
    for words in ("“hidden”", "1 picture", "1 comment", "1 embedded object", "“Rivers Trust, 1 Quay”"):
        assert words in said


def test_words_that_are_struck_through_are_kept_and_said():
    got = read(paragraph("kept ", run("struck", "<w:strike/>")))

    assert between(got) == "kept struck"
    assert any("“struck” is struck through" in doubt for doubt in got.unsure)


def test_the_words_of_a_comment_are_nowhere():
    made = docx(paragraph(LONG, '<w:r><w:commentReference w:id="1"/></w:r>'), {"comments": paragraph("secret opinion")})

    found = word.read(made, "a.docx")

    assert "secret" not in found.text + " ".join(map(str, found.doubts))


def test_words_in_a_text_box_are_kept_once_and_said():
    drawn = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp>" + BOX + "</wps:wsp></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    got = read(paragraph("before", drawn), paragraph("after it"))

    assert re.findall("boxed words", got.letter.body) == ["boxed words"]
    assert any("“boxed words” stands in a text box" in doubt for doubt in got.unsure)


def test_a_strict_document_is_read_as_any_other():
    usual = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx(paragraph(LONG)))) as archive, zipfile.ZipFile(made, "w") as strict:
        for name in archive.namelist():
            strict.writestr(
                name, archive.read(name).replace(usual, b"http://purl.oclc.org/ooxml/wordprocessingml/main")
            )

    assert word.read(made.getvalue(), "a.docx").text == LONG


def test_parts_and_doubts_count_the_lines_of_the_source():
    got = read(paragraph("second"))
    lines = got.source.split("\n")

    shown = [[lines[number - 1] for number in part.lines] for part in got.parts if part.kind == "body"]

    assert shown == [[LONG], ["second"], [LAST]]


def test_a_line_that_was_broken_at_a_width_is_joined_and_keeps_its_marks():
    lines = [
        "We write to you about the rivers of the north, which have been dry since the spring of",
        "last year, and about the people who live on their banks and who have no other water to",
        "drink, and we ask you to open the gates of the upper dam before the summer comes, for the",
        "farms of the valley will not last until the rains of the autumn.",
    ]
    note = f'<w:footnote w:id="2">{paragraph("A source")}</w:footnote>'
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    blocks = [
        paragraph(lines[0]),
        paragraph(run("last year", BOLD), run(lines[1][9:])),
        paragraph(lines[2]),
        paragraph(lines[3], mark),
    ]
    made = docx("".join((paragraph("Dear Minister,"), *blocks, paragraph("Sincerely,"))), {"footnotes": note})

    joined = " ".join(lines).replace("last year", "**last year**")

    assert imports.read(made, "a.docx").letter.body == f"{joined}[^1]\n\n[^1]: A source"


def test_another_document_inside_is_refused_for_its_words_would_be_lost():
    with pytest.raises(IncomingError, match="another document"):
        read('<w:altChunk r:id="x"/>')
