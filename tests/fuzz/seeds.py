"""Small whole files of every kind that Albumen reads: what the fuzz script damages. Made anew, so none is stored."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from fractions import Fraction

import av
import numpy as np
import pillow_heif
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

pillow_heif.register_heif_opener()
SIZE = (48, 32)
_XMP_HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"'
    ' xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"'
    ' xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"'
    ' xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"'
    ' xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"'
    ' xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" xmlns:albumen="https://albumen.invalid/ns/1.0/"'
)
_XMP_TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"
_ATTRIBUTES = (
    ' xmp:Rating="4" exif:DateTimeOriginal="2024-05-01T10:11:12.5+02:00" exif:GPSLatitude="38,42.6N"'
    ' exif:GPSLongitude="9,8.4W" photoshop:City="Lisboa" photoshop:Country="Portugal">'
)
_TAGS = (
    "<dc:subject><rdf:Bag><rdf:li>beach</rdf:li><rdf:li>Anna</rdf:li><rdf:li>ours</rdf:li></rdf:Bag></dc:subject>"
    "<albumen:tags><rdf:Bag><rdf:li>ours</rdf:li></rdf:Bag></albumen:tags>"
    "<lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Lisbon</rdf:li></rdf:Bag></lr:hierarchicalSubject>"
    "<digiKam:TagsList><rdf:Seq><rdf:li>People/Anna</rdf:li></rdf:Seq></digiKam:TagsList>"
    '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">A day out</rdf:li></rdf:Alt></dc:description>'
    "<albumen:note>A day out</albumen:note>"
)
_REGIONS = (
    '<mwg-rs:Regions rdf:parseType="Resource">'
    '<mwg-rs:AppliedToDimensions stDim:w="48" stDim:h="32" stDim:unit="pixel"/>'
    '<mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource"><mwg-rs:Area stArea:x="12" stArea:y="8" stArea:w="6"'
    ' stArea:h="6" stArea:unit="pixel"/><mwg-rs:Name>Anna</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type></rdf:li>'
    '<rdf:li><rdf:Description mwg-rs:Name="Ben" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5" stArea:y="0.5"'
    ' stArea:w="0.1" stArea:h="0.2" stArea:unit="normalized"/></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList>'
    "</mwg-rs:Regions>"
)
_MICROSOFT = (
    '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li MPReg:Rectangle="0.1, 0.2, 0.3, 0.4"'
    ' MPReg:PersonDisplayName="Carl"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>'
)


def pictures() -> dict[str, bytes]:
    """Return pictures of all formats by name, nearly all with EXIF, some with XMP and IPTC."""
    rgb, xmp = _drawn(), xmps()["regions.xmp"]
    made = {
        "full.jpg": _with_iptc(_saved(rgb, "JPEG", exif=_exif(), xmp=xmp, icc_profile=b"x" * 200)),
        "big_endian.jpg": _saved(rgb, "JPEG", exif=_exif(endian=">"), progressive=True),
        "grey.jpg": _saved(rgb.convert("L"), "JPEG", exif=_exif()),
        "cmyk.jpg": _saved(rgb.convert("CMYK"), "JPEG"),
        "two.mpo": _saved(rgb, "MPO", save_all=True, append_images=[rgb]),
        "full.png": _saved(rgb.convert("RGBA"), "PNG", exif=_exif(), pnginfo=_png_text(xmp)),
        "palette.png": _saved(rgb.quantize(16), "PNG", transparency=3),
        "sixteen.png": _saved(Image.fromarray(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48)), "PNG"),
        "full.webp": _saved(rgb, "WEBP", exif=_exif(), xmp=xmp),
        "lossless.webp": _saved(rgb.convert("RGBA"), "WEBP", lossless=True),
        "moving.webp": _saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
        "full.heic": _saved(rgb, "HEIF", exif=_exif(), xmp=xmp, quality=50),
        "full.avif": _saved(rgb, "AVIF", exif=_exif(), xmp=xmp, speed=10),
        "moving.gif": _saved(rgb, "GIF", save_all=True, append_images=[rgb.rotate(180)]),
        "plain.bmp": _saved(rgb, "BMP"),
    }
    modes = {"raw": "RGB", "tiff_lzw": "RGB", "tiff_adobe_deflate": "L", "jpeg": "RGB", "group4": "1", "packbits": "P"}
    for compression, mode in modes.items():
        kept = {} if compression == "raw" else {"compression": compression}
        made[f"{compression}.tif"] = _saved(rgb.convert(mode), "TIFF", tiffinfo=_tiff_info(), **kept)
    made["float.tif"] = _saved(Image.fromarray(np.linspace(0, 1, 32 * 48, dtype=np.float32).reshape(32, 48)), "TIFF")
    return made


def videos() -> dict[str, bytes]:
    """Return videos of the containers that we read, with the times and places that phones write."""
    apple = {
        "creation_time": "2024-05-01T08:11:12.000000Z",
        "com.apple.quicktime.creationdate": "2024-05-01T10:11:12+0200",
        "com.apple.quicktime.location.ISO6709": "+38.7100-009.1400+012.000/",
        "com.apple.quicktime.make": "Apple",
    }
    android = {"creation_time": "2024-05-01T08:11:12.000000Z", "location": "+38.7100-009.1400/"}
    return {
        "phone.mov": _video("mov", "mpeg4", apple, rotation=90),
        "phone.mp4": _video("mp4", "mpeg4", android),
        "motion.mp4": _video("mp4", "mjpeg", apple),
        "camera.avi": _video("avi", "mjpeg", {}),
        "web.mkv": _video("matroska", "mpeg4", android),
    }


def xmps() -> dict[str, bytes]:
    """Return XMP packets as Lightroom, digiKam, Windows and Albumen write them."""
    wrapped = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{}\n<?xpacket end="w"?>'
    texts = {
        "regions.xmp": _XMP_HEAD + _ATTRIBUTES + _TAGS + _REGIONS + _XMP_TAIL,
        "windows.xmp": wrapped.format(_XMP_HEAD + _ATTRIBUTES + _MICROSOFT + _XMP_TAIL),
        "elements.xmp": '<?xml version="1.0" encoding="UTF-8"?>\n' + _XMP_HEAD + ">"
        "<xmp:CreateDate>2024:05:01 10:11:12</xmp:CreateDate><exif:GPSLatitude>38,42,36N</exif:GPSLatitude>"
        "<exif:GPSLongitude>-9.14</exif:GPSLongitude><core:Location>Praia</core:Location>" + _TAGS + _XMP_TAIL,
    }
    return {name: text.encode() for name, text in texts.items()}


def takeouts() -> dict[str, bytes]:
    """Return the JSON of Google Takeout in the dialects of several years."""
    place = {"latitude": 38.71, "longitude": -9.14, "altitude": 12.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0}
    nowhere = dict.fromkeys(place, 0.0)
    taken = {"timestamp": "1714551072", "formatted": "1 May 2024, 08:11:12 UTC"}
    new = {"title": "a.jpg", "description": "A day out", "imageViews": "3", "creationTime": taken,
           "photoTakenTime": taken, "geoData": place, "people": [{"name": "Anna"}, {"name": "Ben"}], "favorited": True,
           "googlePhotosOrigin": {"mobileUpload": {"deviceType": "ANDROID_PHONE"}}}  # fmt: skip
    old = {"title": "a.jpg", "photoTakenTime": {"timestamp": 1714551072}, "geoData": nowhere, "geoDataExif": place,
           "archived": True, "trashed": False}  # fmt: skip
    album = {"title": "Trip", "description": "", "access": "protected", "date": taken}
    sparse = {"title": "a.jpg", "photoTakenTime": {"timestamp": "-62135596800"}, "people": [], "trashed": True}
    made = {"new.json": new, "old.json": old, "album.json": album, "sparse.json": sparse}
    return {name: json.dumps(fields, indent=2).encode() for name, fields in made.items()}


def albums() -> dict[str, bytes]:
    """Return album files as we write them and as users change them."""
    ours = (
        '# An album that Albumen made.\ntitle = "Lisbon"\ndescription = """\nThree days\n"""\ncover = "good.jpg"\n'
        'photos = [\n    "good.jpg",\n    "photo.jpg",  # the best\n]\n\n'
        '[albumen]\nkind = "event"\nkey = "ev-2024"\nv = 1\n'
    )
    users = (
        "title = 'Mine'\nphotos = ['good.jpg']\nmade = 2024-05-01T10:11:12Z\nstars = 4.5\n[extra]\nx = {y = [1, 2]}\n"
    )
    return {"ours.toml": ours.encode(), "users.toml": users.encode()}


def people() -> dict[str, bytes]:
    """Return files of people."""
    text = (
        '[p-1]\nname = "Anna"\nfaces = [\n    "a.jpg#0",\n    "b.jpg#1",\n]\n\n'
        '[p-2]\nname = ""\nfaces = []\nsince = 1979-05-27\n'
    )
    return {"people.toml": text.encode()}


def tracks() -> dict[str, bytes]:
    """Return location histories: GPX, the formats of Google Timeline, OwnTracks."""
    times = ("2024-05-01T08:00:00Z", "2024-05-01T08:05:00Z")
    points = "".join(
        f'<trkpt lat="38.7{n}" lon="-9.1"><ele>2</ele><time>{t}</time></trkpt>' for n, t in enumerate(times)
    )
    gpx = f'<?xml version="1.0"?>\n<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    fix = {"latitudeE7": 387100000, "longitudeE7": -91400000}
    span = {"startTimestamp": times[0], "endTimestamp": times[1]}
    path = {"points": [{"latE7": 387100000, "lngE7": -91400000, "timestamp": times[0], "accuracyMeters": 9}]}
    old = {"startTimestampMs": "1714551072000", "endTimestampMs": "1714551172000"}
    objects = [
        {"placeVisit": {"location": fix, "duration": span}},
        {"activitySegment": {"startLocation": fix, "endLocation": fix, "duration": old, "simplifiedRawPath": path}},
    ]
    segments = [
        {
            "startTime": times[0],
            "endTime": times[1],
            "visit": {"topCandidate": {"placeLocation": {"latLng": "38.7°, -9.1°"}}},
        },
        {
            "startTime": times[0],
            "endTime": times[1],
            "activity": {"start": {"latLng": "38.7°, -9.1°"}, "end": "geo:38.7,-9.1"},
        },
        {
            "startTime": times[0],
            "timelinePath": [{"point": "geo:38.7,-9.1", "durationMinutesOffsetFromStartTime": "3"}],
        },
    ]
    signal = {"position": {"LatLng": "38.7°, -9.1°", "accuracyMeters": 9, "timestamp": times[0]}}
    owned = {"_type": "location", "tst": 1714551072, "lat": 38.71, "lon": -9.14, "acc": 9}
    records = [{**fix, "timestamp": times[0], "accuracy": 9}, {**fix, "timestampMs": "1714551072000"}]
    made = {
        "visits.json": {"timelineObjects": objects},
        "phone.json": {"semanticSegments": segments, "rawSignals": [signal]},
        "records.json": {"locations": records},
        "owntracks.json": [owned, owned],
    }
    texts = {name: json.dumps(value).encode() for name, value in made.items()}
    rec = f"2024-05-01T08:11:12Z\t*                 \t{json.dumps(owned)}\n" * 2
    return {"walk.gpx": gpx.encode(), "phone.rec": rec.encode(), **texts}


KINDS: Mapping[str, Callable[[], dict[str, bytes]]] = {
    "pictures": pictures,
    "videos": videos,
    "xmps": xmps,
    "takeouts": takeouts,
    "albums": albums,
    "people": people,
    "tracks": tracks,
}
"""What makes the seeds of each kind."""


def _drawn() -> Image.Image:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    return Image.fromarray(np.stack([x * 5, y * 7, (x * y) % 256], axis=-1).astype(np.uint8))


def _saved(picture: Image.Image, file_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def _exif(endian: str = "<") -> bytes:
    exif = Image.Exif()
    exif.endian = endian
    exif.update({0x010F: "Canon", 0x0110: "Canon EOS 5D", 0x0112: 6, 0x0132: "2024:06:01 00:00:00", 0x4746: 4})
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {0x9003: "2024:05:01 10:11:12", 0x9004: "2024:05:01 10:11:13", 0x9010: "+02:00", 0x9011: "+02:00", 0x9291: "50",
         0x927C: b"maker's note"}
    )  # fmt: skip
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: _degrees(38, 42, 36), 3: "W", 4: _degrees(9, 8, 24), 5: b"\0", 6: Fraction(25, 2),
         7: _degrees(8, 11, 10), 29: "2024:05:01", 31: Fraction(5)}
    )  # fmt: skip
    return exif.tobytes()


def _degrees(*parts: int) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, parts))


def _png_text(xmp: bytes) -> object:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip=True)
    text.add_text("Comment", "x" * 50)
    return text


def _tiff_info() -> ImageFileDirectory_v2:
    info = ImageFileDirectory_v2()
    info[0x010F], info[0x0110], info[0x0112], info[0x0132] = "Canon", "EOS 5D", 6, "2024:06:01 00:00:00"
    info[0x02BC] = xmps()["windows.xmp"]
    return info


def _with_iptc(jpeg: bytes) -> bytes:
    """Put an IPTC block with keywords and a place behind the start of a JPEG."""
    entries = {25: b"beach", 90: b"Lisboa", 92: b"Praia", 95: b"Lisboa", 101: "Portugal é".encode("latin-1")}
    iptc = b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text for number, text in entries.items())
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def _video(container: str, codec: str, tags: Mapping[str, str], rotation: int = 0) -> bytes:
    file = io.BytesIO()
    options = {"fflags": "+bitexact", **({"movflags": "use_metadata_tags"} if container in ("mov", "mp4") else {})}
    with av.open(file, "w", format=container, options=options) as out:
        out.metadata.update(tags)
        stream = out.add_stream(codec, rate=10, options={"threads": "1"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for n in range(3):
            picture = _drawn().rotate(90 * n)
            out.mux(stream.encode(av.VideoFrame.from_image(picture)))
        out.mux(stream.encode())
    return file.getvalue()
