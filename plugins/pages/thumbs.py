"""Small pictures for the pages: sRGB JPEGs that carry no metadata, so a shared page gives away no place."""

from __future__ import annotations

import io

from PIL import Image, ImageCms, ImageOps

THUMB_PX = 320
CARD_PX = 640
COVER_PX = 1280
INLINE_PX = 96

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
