"""Small pictures for the pages: sRGB JPEGs that carry no metadata, so a shared page gives away no place."""

from __future__ import annotations

import io

from PIL import Image, ImageCms, ImageOps

from plugins.records import Box

THUMB_PX = 320
CARD_PX = 640
COVER_PX = 1280
INLINE_PX = 96
AROUND = 0.35
"""How much of a face's size is shown around it on each side: tight boxes cut off hair and chin."""

_SRGB = ImageCms.createProfile("sRGB")


def thumbnail(image: Image.Image, long_side_px: int = THUMB_PX, quality: int = 82) -> bytes:
    """Return the upright picture as a JPEG whose longer side is at most `long_side_px`, never enlarged.

    Transparent parts become white; colours are converted to sRGB; no EXIF, GPS, XMP, comment or profile is kept.
    Pixels only need to be right to the eye: a broken colour profile is passed over.

    Raises:
        OSError: the picture's data ends early or cannot be decoded.
    """
    small = image.copy()
    # draft() only works on a file that has not been read: callers that hold one decode at the scale they need.
    small.thumbnail((long_side_px, long_side_px), Image.Resampling.LANCZOS, reducing_gap=3.0)
    upright = ImageOps.exif_transpose(small)
    bare = Image.new("RGB", upright.size, "white")
    flat = _srgb(upright, image.info.get("icc_profile"))
    bare.paste(flat, mask=flat.getchannel("A") if flat.mode == "RGBA" else None)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
    return out.getvalue()


def cut_out(image: Image.Image, box: Box) -> Image.Image:
    """Return the part of a picture inside a box with a little around it, as far as there is any."""
    left, top, right, bottom = box
    wide, high = AROUND * (right - left), AROUND * (bottom - top)
    edges = (left - wide, top - high, right + wide, bottom + high)
    x0, y0, x1, y1 = (min(1.0, max(0.0, edge)) for edge in edges)
    at = (int(x0 * image.width), int(y0 * image.height))
    return image.crop((*at, max(at[0] + 1, round(x1 * image.width)), max(at[1] + 1, round(y1 * image.height))))


def _srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return the picture as RGB or RGBA in sRGB."""
    if image.mode == "I" or image.mode.startswith("I;16"):
        # 16 bits a sample: convert() alone would clip everything above 255 to white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    see_through = image.has_transparency_data
    if isinstance(profile, bytes) and image.mode in {"RGB", "CMYK", "L"} and not see_through:
        try:
            found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, found, _SRGB, outputMode="RGB")
            return converted if converted is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            return image.convert("RGB")
    return image.convert("RGBA" if see_through else "RGB")
