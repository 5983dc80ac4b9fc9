"""Picture files, made on the spot."""

from io import BytesIO

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), *, colour: str = "teal", **options: object) -> bytes:
    """An image file of one colour; `options` go to Pillow, as `exif` does."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def drawing(inside: str = "<rect width='200' height='50' fill='teal'/>", attributes: str = "") -> bytes:
    """An SVG of 200 by 50."""
    head = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {head} viewBox="0 0 200 50" {attributes}>{inside}</svg>'.encode()
