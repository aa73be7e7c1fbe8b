"""Logos: uploads made clean, and rows of equal visual weight."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from workflow.documents.pictures import logos as pictures
from workflow.documents.pictures.logos import EMU_PER_TWIP, GAP, Logo, normalise, rows
from workflow.errors import PictureError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 200 60">{}</svg>'
CIRCLE = '<circle cx="30" cy="30" r="25" fill="#a33"/>'
MEASURE = 8958


def drawn(size=(300, 100), mode="RGBA", kind="PNG", box=(10, 10, 250, 80), **options):
    picture = Image.new(mode, size, "white" if mode in ("RGB", "L") else (255, 255, 255, 0) if mode == "RGBA" else 0)
    ImageDraw.Draw(picture).rectangle(box, fill=(180, 20, 20, 255)[: len(picture.getbands())] if mode != "P" else 1)
    saved = io.BytesIO()
    picture.save(saved, kind, **options)
    return saved.getvalue()


def read(logo):
    return Image.open(io.BytesIO(logo.png))


# --- uploads -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_png_is_cut_to_what_is_drawn():
    logo = normalise(drawn(), "Lake Network")

    assert (logo.width, logo.height) == read(logo).size == (241, 71)
    assert logo.alternative == "Lake Network"


@pytest.mark.slow
def test_the_white_margin_of_a_jpeg_is_cut_too():
    logo = normalise(drawn(mode="RGB", kind="JPEG", quality=95), "")

    assert abs(logo.width - 241) <= 8
    assert abs(logo.height - 71) <= 8


@pytest.mark.slow
def test_a_large_picture_is_made_small_and_keeps_its_shape():
    logo = normalise(drawn((4000, 2000), box=(0, 0, 3999, 1999)), "")

    assert (logo.width, logo.height) == (1200, 600)


@pytest.mark.slow
def test_a_photograph_that_a_phone_took_sideways_is_turned_upright():
    tags = Image.Exif()
    tags[0x0112] = 6
    logo = normalise(drawn((300, 100), "RGB", "JPEG", (0, 0, 299, 99), exif=tags), "")

    assert logo.height > logo.width


@pytest.mark.slow
def test_what_else_a_file_carries_is_gone():
    tags = Image.Exif()
    tags[0x013B] = "the author's name"
    upload = drawn(mode="RGB", kind="JPEG", exif=tags) + b"and a tail"

    kept = normalise(upload, "").png

    assert b"author" not in kept
    assert b"tail" not in kept
    chunks, at = [], 8
    while at < len(kept):
        length = struct.unpack(">L", kept[at : at + 4])[0]
        chunks.append(kept[at + 4 : at + 8])
        at += 12 + length
    assert set(chunks) <= {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
def test_every_mode_of_png_is_taken(mode):
    logo = normalise(drawn(mode=mode), "")

    assert read(logo).mode == "RGBA"


@pytest.mark.slow
def test_an_svg_is_drawn():
    logo = normalise(SVG.format(CIRCLE).encode(), "A ring")

    assert logo.width == logo.height == 300


@pytest.mark.slow
def test_the_same_upload_gives_the_same_bytes():
    assert normalise(drawn(), "a").png == normalise(drawn(), "b").png


def test_a_stored_logo_is_read_again_as_it_was():
    made = normalise(drawn(), "Lake")

    assert pictures.logo(made.png, "Lake") == made


def bomb_of_uses():
    groups = '<g id="a0"><rect width="1" height="1"/></g>'
    for n in range(1, 10):
        groups += f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>"
    return SVG.format(groups + '<use xlink:href="#a9"/>')


def png_that_claims(width, height):
    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (b"", "Choose a picture"),
        (b"GIF89a", "not a PNG, JPEG or SVG"),
        (b"%PDF-1.7", "not a PNG, JPEG or SVG"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "damaged"),
        (drawn()[:200], "damaged"),
        (b"\xff\xd8\xff" + b"x" * 100, "damaged"),
        (png_that_claims(30_000, 30_000), "10 million"),
        (png_that_claims(4_000, 4_000), "10 million"),
        (png_that_claims(3_000, 3_000), "damaged"),
        (b"x" * 5_000_001, "larger than 5 MB"),
        (drawn(box=(-9, -9, -5, -5)), "white on white"),
        (SVG.format('<image href="file:///etc/passwd" width="9" height="9"/>').encode(), "outside of it"),
        (SVG.format('<image xlink:href="http://127.0.0.1/x.png"/>').encode(), "outside of it"),
        (SVG.format("<image href='../x.png'/>").encode(), "outside of it"),
        (SVG.format('<rect style="fill:url(http://127.0.0.1/#x)" width="9" height="9"/>').encode(), "outside of it"),
        (SVG.format("<style>@import 'x.css';</style>").encode(), "outside of it"),
        (SVG.format("<script>1</script>" + CIRCLE).encode(), "holds a program"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;").encode(), "outside of it"),
        (bomb_of_uses().encode(), "too intricate"),
        (b"<svg", "not a PNG"),
        (b"<svg >", "could not be drawn"),
        (SVG.format("").encode(), "white on white"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_a_sentence(upload, sentence):
    with pytest.raises(PictureError, match=sentence) as refused:
        normalise(upload, "")

    assert str(refused.value).endswith(".")


@pytest.mark.slow
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_logo_or_a_refusal(data, magic):
    try:
        normalise(magic + data, "")
    except PictureError as refused:
        assert str(refused).endswith(".")


# --- the layout ----------------------------------------------------------------------------------------------------


def logos(*shapes):
    return [Logo(b"", width, height, weight, str(n)) for n, (width, height, weight) in enumerate(shapes)]


SHAPES = st.lists(st.tuples(st.integers(1, 1200), st.integers(1, 800), st.floats(0.01, 1)), max_size=40)


@pytest.mark.slow
@given(SHAPES, st.sampled_from([8958, 9292, 5000]))
def test_every_logo_stands_in_its_order_in_a_row_that_fits(shapes, measure):
    given_logos = logos(*shapes)

    made = rows(given_logos, measure)

    assert [placed.logo for row in made for placed in row] == given_logos
    for row in made:
        assert row
        assert sum(p.width for p in row) + GAP * (len(row) - 1) <= measure * EMU_PER_TWIP
        for placed in row:
            assert placed.width > 0
            assert placed.height > 0


@pytest.mark.slow
@given(SHAPES.filter(bool))
def test_no_logo_is_bent_out_of_shape(shapes):
    for row in rows(logos(*shapes), MEASURE):
        for placed in row:
            meant = placed.width * placed.logo.height / placed.logo.width
            assert placed.height == pytest.approx(meant, rel=0.001, abs=1)


def test_a_wide_and_a_square_logo_fill_the_same_area():
    [[square, wide]] = rows(logos((400, 400, 0.3), (900, 300, 0.3)), MEASURE)

    assert square.width * square.height == pytest.approx(wide.width * wide.height, rel=0.01)


def test_a_logo_of_thin_lines_is_printed_larger_than_a_solid_one():
    [[solid, thin]] = rows(logos((400, 400, 0.9), (400, 400, 0.1)), MEASURE)

    assert thin.width > solid.width


def test_rows_are_as_even_as_they_can_be():
    made = rows(logos(*[(600, 300, 0.3)] * 6), MEASURE)

    assert [len(row) for row in made] == [3, 3]
