"""A frame of the counter's camera, where the browser itself can't read square codes."""

import io

import zxingcpp
from django.http import HttpRequest, JsonResponse
from django.views.generic import View
from PIL import Image, UnidentifiedImageError

from .devices import CounterOnly

MOST_BYTES = 400_000
MOST_PIXELS = 2_000 * 2_000
KINDS = ("JPEG", "PNG", "WEBP")


def read_code(frame: bytes) -> str:
    """The text of the first QR code on the picture; empty when there is none or it is no picture."""
    if not 0 < len(frame) <= MOST_BYTES:
        return ""
    try:
        with Image.open(io.BytesIO(frame), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return ""
            grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError):
        return ""
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found[0].text[:60] if found else ""


class Scan(CounterOnly, View):
    """The frame is read and forgotten."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> JsonResponse:
        frame = request.FILES.get("frame")
        return JsonResponse({"code": read_code(frame.read(MOST_BYTES + 1)) if frame else ""})
