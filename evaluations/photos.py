"""A photo from the field: turned upright, and rid of what the camera wrote into it, all but place and time."""

import datetime
import io
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from marketplace.pages import clock

FORMATS = {"jpeg": "JPEG", "png": "PNG"}
QUALITY = 88  # of a JPEG: what a telephone itself saves with, about
# Tags of EXIF 2.32 (CIPA DC-008): the two directories, and what is read from them.
EXIF_IFD, GPS_IFD, TAKEN = 0x8769, 0x8825, 0x9003
LAT_REF, LAT, LNG_REF, LNG = 1, 2, 3, 4
STEP = Decimal("0.00001")  # about a metre


@dataclass(frozen=True)
class Place:
    """Degrees, WGS 84."""

    lat: Decimal
    lng: Decimal


@dataclass(frozen=True)
class Photo:
    """What is kept of a photo, and what it said of itself."""

    content: bytes
    taken_at: datetime.datetime | None
    place: Place | None


def place_of(lat: Any, lng: Any) -> Place | None:
    """A place on the earth, to a metre; anything else is none."""
    try:
        here = Place(Decimal(str(lat)).quantize(STEP), Decimal(str(lng)).quantize(STEP))
        return here if abs(here.lat) <= 90 and abs(here.lng) <= 180 else None
    except (InvalidOperation, ValueError):
        return None


def clean_photo(file: File, kind: str) -> Photo:
    """The picture itself, drawn anew: nothing that was hidden in the file comes along.

    Raises ValidationError(code="not_what_it_says") for what can't be seen as a picture.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=[FORMATS[kind]]) as image:
            image.load()
            exif = image.getexif()
            taken_at, place = _taken(exif), _place(exif)
            upright = ImageOps.exif_transpose(image)
            if kind == "jpeg" and upright.mode not in ("RGB", "L"):
                upright = upright.convert("RGB")
            bare = Image.new(upright.mode, upright.size)
            if upright.mode == "P":
                bare.putpalette(upright.getpalette() or [])
            bare.paste(upright)
            content = io.BytesIO()
            bare.save(content, FORMATS[kind], quality=QUALITY)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ValidationError(
            _("“%(name)s” is not a photo that can be opened. Take it again, or choose another file."),
            code="not_what_it_says",
            params={"name": file.name},
        ) from None
    return Photo(content.getvalue(), taken_at, place)


def _taken(exif: Image.Exif) -> datetime.datetime | None:
    """The camera's own time, which knows no zone: taken as ours."""
    try:
        said = datetime.datetime.strptime(str(exif.get_ifd(EXIF_IFD).get(TAKEN, "")), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return said.replace(tzinfo=clock.SHANGHAI)


def _place(exif: Image.Exif) -> Place | None:
    gps = exif.get_ifd(GPS_IFD)
    try:
        lat, lng = _degrees(gps[LAT]), _degrees(gps[LNG])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return place_of(
        -lat if str(gps.get(LAT_REF, "N")).upper().startswith("S") else lat,
        -lng if str(gps.get(LNG_REF, "E")).upper().startswith("W") else lng,
    )


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
