"""Uploaded pictures: drawn anew, limited, and without whatever else was in the file."""

from io import BytesIO

import pytest
from PIL import Image

from keyturn.platform.pictures import images
from tests.pictures import drawing, picture

BOX = (800, 200)


@pytest.mark.spec("PRF-02")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_an_avatar_is_drawn_anew(kind: str) -> None:
    image = images.avatar(picture(kind, (1600, 800)))
    assert (image.kind, image.width, image.height) == ("webp", 512, 256)
    assert Image.open(BytesIO(image.content)).format == "WEBP"


@pytest.mark.spec("PRF-02")
def test_metadata_goes_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    image = images.avatar(picture("JPEG", (60, 40), exif=exif))
    assert (image.width, image.height) == (40, 60)
    assert b"taken at home" not in image.content
    assert not Image.open(BytesIO(image.content)).getexif()


@pytest.mark.spec("PRF-02")
@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", drawing(), picture("BMP"), picture("WEBP"), picture("PNG")[:60], b"\x89PNG\r\n\x1a\n"],
    ids=["empty", "text", "svg", "bmp", "webp", "half", "head"],
)
def test_other_files_are_no_avatar(content: bytes) -> None:
    with pytest.raises(ValueError, match="Choose a JPEG, PNG or GIF image"):
        images.avatar(content)


@pytest.mark.spec("PRF-02")
def test_files_and_pictures_have_a_limit() -> None:
    with pytest.raises(ValueError, match="at most 2 MB"):
        images.avatar(picture() + b"\0" * images.LARGEST)
    with pytest.raises(ValueError, match="too many pixels"):
        images.avatar(picture("PNG", (8000, 6000)))


def test_names_follow_the_content() -> None:
    first, second = images.logo(picture(size=(200, 50)), BOX), images.logo(picture(size=(200, 50), colour="red"), BOX)
    assert first.name.endswith("-200x50.png")
    assert first.name != second.name
    assert images.logo(picture(size=(200, 50)), BOX).name == first.name


@pytest.mark.spec("SET-10")
def test_a_logo_fits_into_its_box() -> None:
    assert images.logo(picture("JPEG", (800, 200)), BOX).kind == "jpg"
    for size in ((801, 100), (100, 201)):
        with pytest.raises(ValueError, match="at most 800 × 200"):
            images.logo(picture(size=size), BOX)
    for content in (picture("GIF"), b"", b"<html></html>", b"<svg"):
        with pytest.raises(ValueError, match=r"Choose a PNG, JPEG or SVG|cannot be read"):
            images.logo(content, BOX)


@pytest.mark.spec("SET-10")
def test_a_clear_background_stays_clear() -> None:
    file = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    kept = Image.open(BytesIO(images.logo(file.getvalue(), BOX).content))
    assert kept.convert("RGBA").getpixel((3, 3)) == (0, 0, 0, 0)


@pytest.mark.spec("SET-10")
@pytest.mark.parametrize(
    ("inside", "gone"),
    [
        ("<script>alert(1)</script>", b"alert"),
        ("<foreignObject><p>x</p></foreignObject>", b"foreignObject"),
        ("<rect onload='alert(1)'/>", b"alert"),
        ("<rect style='fill:url(https://example.com/a)'/>", b"example.com"),
        ("<style>@import 'https://example.com/a.css';</style>", b"example.com"),
        ("<use xlink:href='https://example.com/a.svg#b'/>", b"example.com"),
        ("<a href='javascript:alert(1)'><rect/></a>", b"alert"),
        ("<image href='https://example.com/pixel.gif'/>", b"example.com"),
        ("<animate attributeName='href' to='javascript:alert(1)'/>", b"alert"),
        ("<set attributeName='onmouseover' to='alert(1)'/>", b"alert"),
    ],
)
def test_an_svg_keeps_what_draws_and_nothing_else(inside: str, gone: bytes) -> None:
    image = images.logo(drawing("<g fill='red'><path d='M0 0h9'/></g>" + inside), BOX)
    assert (image.kind, image.width, image.height) == ("svg", 200, 50)
    assert b'd="M0 0h9"' in image.content
    assert gone not in image.content


@pytest.mark.spec("SET-10")
def test_an_svg_keeps_its_own_references() -> None:
    inside = "<defs><linearGradient id='a'/></defs><rect fill='url(#a)'/><use xlink:href='#b'/><use href='#c'/>"
    content = images.logo(drawing(inside), BOX).content
    assert b"url(#a)" in content
    assert b'href="#b"' in content
    assert b'href="#c"' in content


@pytest.mark.spec("SET-10")
@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">&a;</svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg">',
        b'<svg xmlns="http://www.w3.org/1999/xhtml" width="9" height="9"/>',
        drawing("<g>" * 60 + "</g>" * 60),
        drawing().decode().encode("utf-16"),
    ],
)
def test_a_damaged_or_clever_svg_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"Save it as plain SVG|Choose a PNG"):
        images.logo(content, BOX)


def test_an_svg_must_say_how_large_it_is() -> None:
    with pytest.raises(ValueError, match="how large"):
        images.logo(b'<svg xmlns="http://www.w3.org/2000/svg"/>', BOX)
    wide = b'<svg xmlns="http://www.w3.org/2000/svg" width="1600px" height="100"/>'
    assert images.logo(wide, BOX).name.endswith("-800x50.svg")
