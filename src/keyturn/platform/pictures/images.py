"""What people upload as a picture, made harmless: drawn anew, without whatever else was in the file."""

import hashlib
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image as Pillow
from PIL import ImageOps

from keyturn.platform.pictures import svg

LARGEST = 2 * 1024 * 1024
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}
_FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}
_SAVED: dict[str, dict[str, Any]] = {"png": {"optimize": True}, "jpg": {"quality": 90}, "webp": {"quality": 85}}
# A small file can unpack to a picture that fills the memory.
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that may be kept and shown."""

    content: bytes
    kind: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """Content, size and type in one word, such as `3f2a9c1b22d04e57-200x50.png`."""
        digest = hashlib.sha256(self.content).hexdigest()[:16]
        return f"{digest}-{self.width}x{self.height}.{self.kind}"


def avatar(content: bytes, side: int = 512) -> Image:
    """A JPEG, PNG or GIF as WebP of at most `side` pixels, without metadata. Raises ValueError with the remedy."""
    picture, _ = _opened(content, ("jpg", "png", "gif"))
    picture.thumbnail((side, side))
    return _saved(picture, "webp")


def logo(content: bytes, box: tuple[int, int]) -> Image:
    """A PNG, JPEG or SVG that fits into `box` (width, height in pixels). Raises ValueError with the remedy."""
    _check_length(content)
    if svg.is_svg(content):
        clean, (width, height) = svg.sanitise(content)
        scale = min(1, box[0] / width, box[1] / height)
        return Image(clean, "svg", max(1, round(width * scale)), max(1, round(height * scale)))
    picture, kind = _opened(content, ("png", "jpg"), "Choose a PNG, JPEG or SVG image.")
    if picture.width > box[0] or picture.height > box[1]:
        raise ValueError(
            f"This image has {picture.width} × {picture.height} pixels. Choose one of at most {box[0]} × {box[1]}."
        )
    return _saved(picture, kind)


def _check_length(content: bytes) -> None:
    if len(content) > LARGEST:
        raise ValueError("Choose an image of at most 2 MB.")


def _opened(
    content: bytes, kinds: Collection[str], advice: str = "Choose a JPEG, PNG or GIF image."
) -> tuple[Pillow.Image, str]:
    _check_length(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            file = Pillow.open(BytesIO(content), formats=[_FORMATS[kind] for kind in kinds])
        if file.width * file.height > _MOST_PIXELS:
            raise ValueError("This image has too many pixels. Choose a smaller one.")
        file.load()
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise ValueError("This image has too many pixels. Choose a smaller one.") from error
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(advice) from error
    upright = ImageOps.exif_transpose(file)
    kind = next(kind for kind in kinds if _FORMATS[kind] == file.format)
    return upright, kind


def _saved(picture: Pillow.Image, kind: str) -> Image:
    clear = kind != "jpg" and ("A" in picture.getbands() or "transparency" in picture.info)
    # A fresh picture carries none of the old one's metadata.
    plain = Pillow.new("RGBA" if clear else "RGB", picture.size)
    plain.paste(picture.convert(plain.mode))
    file = BytesIO()
    plain.save(file, "JPEG" if kind == "jpg" else kind.upper(), **_SAVED[kind])
    return Image(file.getvalue(), kind, *picture.size)
