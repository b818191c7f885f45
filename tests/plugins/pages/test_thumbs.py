"""Thumbnails: small, upright, and without anything that tells a place."""

import io

import pytest
from PIL import ExifTags, Image, ImageCms

from plugins.pages.thumbs import thumbnail


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_the_picture_given_is_not_changed() -> None:
    image = Image.new("RGB", (800, 600), "red")
    thumbnail(image)
    assert image.size == (800, 600)


def test_no_metadata_comes_along() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Secret Camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (38.0, 42.0, 0.0)
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (640, 480), "blue").save(out, "JPEG", exif=exif, comment=b"Secret note", icc_profile=profile)
    source = opened(out.getvalue())
    assert source.getexif()[ExifTags.Base.Model] == "Secret Camera"
    data = thumbnail(source)
    small = opened(data)
    assert b"Secret" not in data
    assert not small.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp", "photoshop"} & set(small.info)


@pytest.mark.parametrize(
    ("size", "long_side_px", "small"),
    [
        pytest.param((1280, 960), 320, (320, 240), id="landscape"),
        pytest.param((960, 1280), 320, (240, 320), id="portrait"),
        pytest.param((100, 50), 320, (100, 50), id="never enlarged"),
        pytest.param((4000, 2), 320, (320, 1), id="a thin line keeps a pixel"),
    ],
)
def test_size(size: tuple[int, int], long_side_px: int, small: tuple[int, int]) -> None:
    assert opened(thumbnail(Image.new("RGB", size), long_side_px)).size == small


def test_a_turned_picture_is_put_upright() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = Image.new("RGB", (640, 480), "black")
    stored.paste("white", (0, 0, 320, 480))  # the left half is on top once turned
    out = io.BytesIO()
    stored.save(out, "JPEG", exif=exif)
    small = opened(thumbnail(opened(out.getvalue()))).convert("L")
    assert small.size == (240, 320)
    assert small.getpixel((120, 40)) > 240
    assert small.getpixel((120, 280)) < 15


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        pytest.param(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), (255, 255, 255), id="transparent becomes white"),
        pytest.param(Image.new("RGBA", (40, 40), (255, 0, 0, 255)), (254, 0, 0), id="opaque stays"),
        pytest.param(Image.new("I;16", (40, 40), 32768), (128, 128, 128), id="16 bits a sample"),
        pytest.param(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), (254, 0, 0), id="print colours"),
        pytest.param(Image.new("L", (40, 40), 90), (90, 90, 90), id="grey"),
        pytest.param(Image.new("1", (40, 40), 1), (255, 255, 255), id="black and white"),
        pytest.param(Image.new("RGB", (40, 40), "lime").quantize(4), (0, 255, 1), id="palette"),
    ],
)
def test_colour(image: Image.Image, colour: tuple[int, int, int]) -> None:
    seen = opened(thumbnail(image)).convert("RGB").getpixel((20, 20))
    assert all(abs(a - z) <= 2 for a, z in zip(seen, colour, strict=True))


def test_a_broken_profile_is_passed_over() -> None:
    image = Image.new("RGB", (40, 40), "red")
    image.info["icc_profile"] = b"not a profile"
    assert opened(thumbnail(image)).convert("RGB").getpixel((20, 20))[0] > 250
