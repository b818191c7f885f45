"""A folder of any make is read whole, each photo once, nothing outside it, and nothing is written to it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest
from PIL import Image

from plugins.galleries import GalleryUnreachable, PhotoGone
from plugins.galleries.folder import asking, reading
from plugins.galleries.folder.files import content_key_of, read_facts
from plugins.galleries.folder.reading import FolderReader
from plugins.galleries.folder.walking import Found
from plugins.pictures import open_picture
from plugins.records import Photo, PlaceWords, Position

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:exif")
SHARED = Path(__file__).resolve().parents[5] / "shared/data"
BERLIN = ZoneInfo("Europe/Berlin")
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def jpeg(shade: int = 0, taken: str = "2024:05:01 10:11:12", orientation: int = 1, xmp: bytes = b"") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0x9003] = taken
    out = io.BytesIO()
    Image.new("RGB", (80, 60), (shade, 0, 0)).save(out, "JPEG", exif=exif, **({"xmp": xmp} if xmp else {}))
    return out.getvalue()


def xmp(body: str, attributes: str = "") -> bytes:
    spaces = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
        "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    }
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" {names} {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def subjects(*words: str) -> str:
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>"


FACE = (
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li>'
    '<rdf:Description mwg-rs:Name="Anna" mwg-rs:Type="Face">'
    '<mwg-rs:Area stArea:x="0.2" stArea:y="0.3" stArea:w="0.2" stArea:h="0.4" stArea:unit="normalized"/>'
    "</rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
)


def video(path: Path, seconds: float = 1.0, tags: dict[str, str] | None = None) -> None:
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update(tags or {})
        stream = out.add_stream("mpeg4", rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(round(seconds * 2)):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 99, np.uint8), format="rgb24")))
        out.mux(stream.encode())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def reader(root: Path) -> FolderReader:
    return FolderReader(root, root / ".albumen", BERLIN)


def scan(root: Path) -> dict[str, Photo]:
    return {photo.name: photo for photo in reader(root).scan()}


def put(root: Path, name: str, data: bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_originals_are_never_touched(root):
    put(root, "a.jpg", jpeg(1))
    put(root, "b/c.jpg", b"broken")
    put(root, "a.jpg.xmp", xmp(subjects("sea")))
    video(root / "v.mp4")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in root.rglob("*") if p.is_file()}
    for path in before:
        path.chmod(0o444)
    gallery = reader(root)
    for photo in gallery.scan():
        gallery.path_of(photo.id)
        gallery.regions(photo.id)
    for path, (data, mtime_ns, mode) in before.items():
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, mtime_ns)
        path.chmod(mode)
    assert {p.name for p in root.iterdir()} == {"a.jpg", "b", "a.jpg.xmp", "v.mp4", ".albumen"}


def test_one_photo_has_all_that_its_file_says(root):
    data = jpeg(taken="2024:05:01 10:11:12")
    put(root, "2024/a.jpg", data)
    assert reader(root).scan() == [
        Photo(
            id="2024/a.jpg",
            name="2024/a.jpg",
            taken_at=datetime(2024, 5, 1, 8, 11, 12, tzinfo=UTC),
            taken_local=datetime(2024, 5, 1, 10, 11, 12),
            content_key=hashlib.sha256(data).hexdigest(),
            width=80,
            height=60,
        )
    ]


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "png", "webp", "tif", "tiff", "heic", "HEIF", "avif"])
def test_every_picture_format_is_read(suffix, root):
    formats = {"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF"}
    Image.new("RGB", (80, 60)).save(root / f"a.{suffix}", formats.get(suffix, suffix.upper()))
    assert [(p.name, p.kind, p.width, p.height) for p in reader(root).scan()] == [(f"a.{suffix}", "image", 80, 60)]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4v", "avi", "mkv", "3gp"])
def test_every_video_format_is_read(suffix, root):
    video(root / f"a.{suffix}", seconds=2)
    photo = scan(root)[f"a.{suffix}"]
    assert (photo.kind, photo.width, photo.height) == ("video", 64, 48)
    assert photo.duration_s == pytest.approx(2, abs=0.6)


def test_a_video_has_its_own_time_and_place(root):
    tags = {"creation_time": "2024-05-01T08:00:00.000000Z", "location": "+38.7100-009.1400/"}
    video(root / "a.mp4", tags=tags)
    photo = scan(root)["a.mp4"]
    assert (photo.taken_at, photo.time_origin) == (datetime(2024, 5, 1, 8, tzinfo=UTC), "exif")
    assert photo.taken_local == datetime(2024, 5, 1, 10)
    assert photo.position == Position(38.71, -9.14)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("picture.mp4", "image", id="a picture under a video's name"),
        pytest.param("no_suffix", "image", id="a picture without a suffix"),
    ],
)
def test_content_comes_before_the_name(name, kind, root):
    put(root, name, jpeg())
    put(root, "LICENSE", b"text without a suffix")
    assert [(photo.name, photo.kind) for photo in reader(root).scan()] == [(name, kind)]


ODD_NAMES = [
    "a\nb.jpg",
    "-rf.jpg",
    "quote'\"$(x);`y`.jpg",
    "<script>alert(1)</script>.jpg".replace("/", "\\"),
    "naïve 日本 😀.jpg",
    "é" * 123 + ".jpg",  # 250 bytes
    "name\u202egnp.jpg",
    "#1 50%.jpg",
]


def test_odd_names_are_names(root):
    for count, name in enumerate(ODD_NAMES):
        put(root, name, jpeg(count))
    gallery = reader(root)
    photos = gallery.scan()
    assert {photo.name for photo in photos} == set(ODD_NAMES)
    assert all(gallery.path_of(photo.id).read_bytes() for photo in photos)
    assert [photo.id for photo in reader(root).scan()] == [photo.id for photo in photos]


def test_a_name_that_is_no_text_is_reported(root):
    (root / os.fsdecode(b"caf\xe9.jpg")).write_bytes(jpeg())
    put(root, "a.jpg", jpeg())
    gallery = reader(root)
    assert [photo.name for photo in gallery.scan()] == ["a.jpg"]
    [problem] = gallery.problems
    assert problem.path == "caf\ufffd.jpg"
    assert "rename" in problem.reason


@pytest.mark.parametrize(
    "name",
    [
        ".albumen/albums/x.jpg",
        ".hidden.jpg",
        ".thumbnails/x.jpg",
        "@eaDir/x.jpg",
        "#recycle/x.jpg",
        "deep/@eaDir/x.jpg",
        "._IMG_1.jpg",
        "x.jpg.xmp",
        "x.txt",
        "x.jpg.tmp",
    ],
)
def test_what_is_not_the_user_s_photo_is_left_out(name, root):
    put(root, name, jpeg())
    gallery = reader(root)
    assert gallery.scan() == []
    assert gallery.problems == ()


def test_the_state_folder_is_never_read_for_photos(root):
    put(root, "state/x.jpg", jpeg())
    assert FolderReader(root, root / "state", BERLIN).scan() == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "not a picture", id="empty"),
        pytest.param(b"hello", "not a picture", id="text"),
        pytest.param(jpeg()[:30], "broken|not a picture", id="cut off in its head"),
    ],
)
def test_what_cannot_be_read_is_reported_each_time(data, reason, root):
    put(root, "x.jpg", data)
    for _ in range(2):
        gallery = reader(root)
        assert gallery.scan() == []
        assert [problem.path for problem in gallery.problems] == ["x.jpg"]
        assert any(word in gallery.problems[0].reason for word in reason.split("|"))


@pytest.mark.parametrize("missing", ["nowhere", "a.jpg"])
def test_a_root_that_is_no_folder_is_unreachable(missing, root):
    put(root, "a.jpg", jpeg())
    with pytest.raises(GalleryUnreachable, match=missing):
        FolderReader(root / missing, root / "state", BERLIN).scan()


def test_links_never_lead_out_and_count_once(root, tmp_path):
    outside = put(tmp_path / "outside", "secret.jpg", jpeg(1))
    put(root, "a/real.jpg", jpeg(2))
    put(root, ".annex/object", jpeg(3))
    put(root, "a/real.jpg.json", b"{}")
    (root / "loop").symlink_to(root)
    (root / "a" / "up").symlink_to("..")
    (root / "away").symlink_to(outside.parent)
    (root / "secret.jpg").symlink_to(outside)
    (root / "again.jpg").symlink_to(root / "a" / "real.jpg")
    (root / "annexed.jpg").symlink_to(root / ".annex" / "object")
    (root / "annexed twice.jpg").symlink_to(root / ".annex" / "object")
    (root / "nothing.jpg").symlink_to("nowhere.jpg")
    (root / "itself.jpg").symlink_to("itself.jpg")
    (root / "a" / "real.jpg.xmp").symlink_to(outside)
    gallery = reader(root)
    assert [photo.name for photo in gallery.scan()] == ["a/real.jpg", "annexed twice.jpg"]
    assert [problem.path for problem in gallery.problems] == ["away", "itself.jpg", "nothing.jpg", "secret.jpg"]


def test_a_link_put_in_a_photo_s_place_is_not_followed(root, tmp_path):
    outside = put(tmp_path, "secret.jpg", jpeg(1))
    path = put(root, "a.jpg", jpeg(2))
    gallery = reader(root)
    [photo] = gallery.scan()
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(PhotoGone):
        gallery.path_of(photo.id)


def test_pipes_and_folders_under_a_photo_s_name_are_passed_by(root):
    os.mkfifo(root / "pipe.jpg")
    os.mkfifo(root / "pipe")
    put(root, "folder.jpg/x.jpg", jpeg())
    assert [photo.name for photo in reader(root).scan()] == ["folder.jpg/x.jpg"]


def test_a_second_scan_opens_no_photo(root, monkeypatch):
    for count in range(20):
        put(root, f"{count:02}.jpg", jpeg(count))
    put(root, "broken.jpg", b"broken")
    first = reader(root)
    photos = first.scan()
    index = (root / ".albumen/index.json").stat()
    opened: list[str] = []
    ordinary = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **kw: opened.append(self.name) or ordinary(self, *args, **kw))
    second = reader(root)
    assert second.scan() == photos
    assert second.problems == first.problems
    assert not [name for name in opened if name.endswith(".jpg")]
    assert (root / ".albumen/index.json").stat().st_ino == index.st_ino


def test_a_changed_file_is_read_again(root):
    path = put(root, "a.jpg", jpeg(1))
    before = scan(root)["a.jpg"]
    path.write_bytes(jpeg(2, taken="2023:01:01 00:00:00"))
    os.utime(path, ns=(1, before.taken_at.microsecond + 5))
    after = scan(root)["a.jpg"]
    assert (after.id, after.taken_local) == (before.id, datetime(2023, 1, 1))
    assert after.content_key != before.content_key


def test_a_new_sidecar_is_seen(root):
    put(root, "a.jpg", jpeg())
    assert scan(root)["a.jpg"].tags == ()
    put(root, "a.jpg.xmp", xmp(subjects("sea")))
    assert scan(root)["a.jpg"].tags == ("sea",)
    (root / "a.jpg.xmp").unlink()
    assert scan(root)["a.jpg"].tags == ()


def test_another_time_zone_is_heeded(root):
    put(root, "a.jpg", jpeg())
    scan(root)
    [photo] = FolderReader(root, root / ".albumen", ZoneInfo("Asia/Tokyo")).scan()
    assert photo.taken_at == datetime(2024, 5, 1, 1, 11, 12, tzinfo=UTC)


def test_identity_follows_a_renamed_file(root):
    path = put(root, "a.jpg", jpeg(1))
    scan(root)
    (root / "new").mkdir()
    path.rename(root / "new/b.jpg")
    put(root, "a.jpg", jpeg(2))
    gallery = reader(root)
    assert {photo.name: photo.id for photo in gallery.scan()} == {"new/b.jpg": "a.jpg", "a.jpg": "a.jpg~2"}
    assert gallery.path_of("a.jpg") == root / "new/b.jpg"
    assert gallery.path_of("a.jpg~2") == root / "a.jpg"


def test_a_broken_index_is_rebuilt(root):
    put(root, "a.jpg", jpeg())
    photos = reader(root).scan()
    (root / ".albumen/index.json").write_bytes(b"{")
    assert reader(root).scan() == photos


def test_a_folder_that_cannot_be_written_is_read(root, tmp_path):
    put(root, "a.jpg", jpeg())
    put(tmp_path, "file", b"")
    gallery = FolderReader(root, tmp_path / "file" / "state", BERLIN)
    assert [photo.name for photo in gallery.scan()] == ["a.jpg"]
    assert "cannot be stored" in gallery.problems[0].reason


def test_a_scan_that_is_broken_off_again_and_again_ends(root, monkeypatch):
    for count in range(9):
        put(root, f"{count}.jpg", jpeg(count))
    read: list[str] = []

    def three_at_most(path):
        if len(read) == 3:
            raise KeyboardInterrupt
        read.append(path.name)
        return content_key_of(path)

    monkeypatch.setattr(asking, "BATCH", 1)
    monkeypatch.setattr(asking, "BATCHES_AHEAD", 0)
    monkeypatch.setattr(reading, "CHECKPOINT", 2)
    monkeypatch.setattr(reading, "content_key_of", three_at_most)
    for first in ("0.jpg", "2.jpg", "4.jpg"):
        with pytest.raises(KeyboardInterrupt):
            reader(root).scan()
        assert read[0] == first
        read.clear()
    assert len(reader(root).scan()) == 9
    assert read == ["6.jpg", "7.jpg", "8.jpg"]


def test_a_file_that_is_being_written_waits(root):
    put(root, "a.jpg", jpeg())
    with pytest.raises(OSError, match="being written"):
        read_facts(root, Found("a.jpg", size=1, mtime_ns=1), BERLIN)


def test_changed_since(root):
    put(root, "old.jpg", jpeg(1))
    scan(root)
    now = datetime.now(UTC)
    put(root, "new.jpg", jpeg(2))
    os.utime(root / "new.jpg", (5, 5))  # a copy keeps the old time of its original
    gallery = reader(root)
    assert [photo.name for photo in gallery.scan(changed_since=now)] == ["new.jpg"]
    assert [photo.name for photo in gallery.scan()] == ["new.jpg", "old.jpg"]


@pytest.mark.parametrize(
    ("still", "moving", "seconds", "shown"),
    [
        pytest.param("IMG_1.jpg", "IMG_1.mov", 2, ["IMG_1.jpg"], id="live photo"),
        pytest.param("IMG_1.JPG", "img_1.MOV", 2, ["IMG_1.JPG"], id="whatever the case"),
        pytest.param("PXL_1.MP.jpg", "PXL_1.mp4", 2, ["PXL_1.MP.jpg"], id="Pixel's motion photo"),
        pytest.param("IMG_1.jpg", "IMG_1.mov", 9, ["IMG_1.jpg", "IMG_1.mov"], id="too long to be one"),
        pytest.param("IMG_1.jpg", "IMG_2.mov", 2, ["IMG_1.jpg", "IMG_2.mov"], id="another name"),
        pytest.param("IMG_1.jpg", "b/IMG_1.mov", 2, ["IMG_1.jpg", "b/IMG_1.mov"], id="another folder"),
    ],
)
def test_live_photos(still, moving, seconds, shown, root):
    """Apple's moving parts are 3 s long, Samsung's and Google's up to 5 s, where they are files of their own at all."""
    put(root, still, jpeg())
    (root / moving).parent.mkdir(exist_ok=True)
    video(root / "x.mov", seconds)
    (root / "x.mov").rename(root / moving)
    assert list(scan(root)) == shown


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        pytest.param("2024-05-01T08:11:13.000000Z", ["IMG_1.jpg"], id="the same moment"),
        pytest.param("2024-05-01T21:11:13.000000Z", ["IMG_1.jpg"], id="another zone"),
        pytest.param("2024-06-01T08:11:13.000000Z", ["IMG_1.jpg", "IMG_1.mp4"], id="another camera that counts from 1"),
        pytest.param("", ["IMG_1.jpg"], id="it does not say"),
    ],
)
def test_a_short_film_of_another_day_is_a_film(made, shown, root):
    put(root, "IMG_1.jpg", jpeg())
    video(root / "IMG_1.mp4", 2, {"creation_time": made} if made else {})
    assert list(scan(root)) == shown


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "heic"])
def test_a_face_lies_where_the_upright_picture_shows_it(orientation, suffix, root):
    """A red face in the stored pixels is red in the box of the upright picture; HEIC is turned by its decoder."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.new("RGB", (200, 100), "blue")
    picture.paste("red", (20, 10, 60, 50))  # the box of FACE
    picture.save(root / f"a.{suffix}", exif=exif.tobytes(), xmp=xmp(FACE), quality=95)
    gallery = reader(root)
    [photo] = gallery.scan()
    [face] = gallery.regions(photo.id)
    picture = open_picture(gallery.path_of(photo.id))
    assert picture.size == (photo.width, photo.height) == ((100, 200) if orientation > 4 else (200, 100))
    left, top, right, bottom = (
        round(share * side) for share, side in zip(face.box, (*picture.size, *picture.size), strict=True)
    )
    reds = [(x, y) for x in range(picture.width) for y in range(picture.height) if picture.getpixel((x, y))[0] > 128]
    assert (min(reds), max(reds)) == (pytest.approx((left, top), abs=2), pytest.approx((right - 1, bottom - 1), abs=2))


def test_an_iphone_s_heic(root):
    """Time with its offset, place and turn from inside a HEIC; no sample of the shared data is one."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Apple", "iPhone 15", 6
    detail, gps = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    detail[0x9003], detail[0x9011], detail[0x9291] = "2024:05:01 10:11:12", "+09:00", "345"
    gps[1], gps[2], gps[3], gps[4] = "N", (35.0, 39.0, 30.0), "E", (139.0, 44.0, 0.0)
    Image.new("RGB", (64, 48), (200, 9, 9)).save(root / "IMG_1.HEIC", "HEIF", exif=exif.tobytes(), quality=95)
    video(root / "IMG_1.MOV", 3, {"com.apple.quicktime.creationdate": "2024-05-01T10:11:12+0900"})
    gallery = reader(root)
    [photo] = gallery.scan()
    assert photo.taken_at == datetime(2024, 5, 1, 1, 11, 12, 345_000, UTC)
    assert (photo.taken_local, photo.time_origin) == (datetime(2024, 5, 1, 10, 11, 12, 345_000), "exif")
    assert (photo.position.lat, photo.position.lon) == pytest.approx((35.6583, 139.7333), abs=1e-3)
    assert (photo.width, photo.height, photo.camera) == (48, 64, "Apple iPhone 15")
    picture = open_picture(gallery.path_of(photo.id))
    assert picture.size == (48, 64)
    assert picture.getpixel((9, 9)) == pytest.approx((200, 9, 9), abs=12)


def test_tags_and_ratings_are_the_user_s(root):
    inside = xmp(subjects("sea", "Anna", "geo:lat=38", "OLYMPUS DIGITAL CAMERA", "x" * 101), 'xmp:Rating="2"')
    put(root, "a.jpg", jpeg(1, xmp=inside))
    put(root, "b.jpg", jpeg(2, xmp=inside))
    put(root, "b.jpg.xmp", xmp(subjects("sun"), 'xmp:Rating="5"'))
    put(root, "b.xmp", xmp(subjects("moon"), 'xmp:Rating="1"'))
    put(root, "c.jpg", jpeg(3, xmp=inside))
    put(root, "c.jpg.xmp", xmp("", 'xmp:Rating="-1"'))
    photos = scan(root)
    assert (photos["a.jpg"].tags, photos["a.jpg"].rating) == (("sea", "Anna"), 2)
    assert (photos["b.jpg"].tags, photos["b.jpg"].rating) == (("sun", "moon", "sea", "Anna"), 5)
    assert photos["c.jpg"].rating == -1
    assert reader(root).signals().ratings == (("a.jpg", 2), ("b.jpg", 5))


def test_our_tags_are_not_the_user_s(root):
    ours = '<albumen:tags xmlns:albumen="https://albumen.invalid/ns/1.0/"><rdf:Bag><rdf:li>beach</rdf:li></rdf:Bag></albumen:tags>'
    put(root, "a.jpg", jpeg())
    put(root, "a.jpg.xmp", xmp(subjects("sea", "beach") + ours))
    gallery = reader(root)
    [photo] = gallery.scan()
    assert photo.tags == ("sea",)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.xmp", xmp(subjects("beach")), id="Lightroom's sidecar"),
        pytest.param("a.jpg", jpeg(xmp=xmp(subjects("beach"))), id="inside the picture"),
    ],
)
def test_a_tag_of_ours_that_the_user_put_too_is_the_user_s(name, data, root):
    ours = '<albumen:tags xmlns:albumen="https://albumen.invalid/ns/1.0/"><rdf:Bag><rdf:li>beach</rdf:li></rdf:Bag></albumen:tags>'
    put(root, "a.jpg", jpeg())
    put(root, "a.jpg.xmp", xmp(subjects("sea", "beach") + ours))
    put(root, name, data)
    assert scan(root)["a.jpg"].tags == ("sea", "beach")


def test_place_words_and_time_of_a_sidecar(root):
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    put(root, "a.png", out.getvalue())
    put(root, "a.png.xmp", xmp("", 'photoshop:City="Lisboa" xmp:CreateDate="2024-05-01T10:00:00+01:00"'))
    photo = scan(root)["a.png"]
    assert photo.words == PlaceWords(city="Lisboa")
    assert (photo.taken_at, photo.time_origin) == (datetime(2024, 5, 1, 9, tzinfo=UTC), "xmp")


def takeout(**fields) -> bytes:
    return json.dumps(fields).encode()


def test_takeout_is_heeded(root):
    Image.new("RGB", (8, 8)).save(root / "IMG_1(2).png")
    place = {"latitude": 38.71, "longitude": -9.14}
    told = takeout(
        photoTakenTime={"timestamp": "1714558272"},
        geoData=place,
        people=[{"name": "Ben"}],
        favorited=True,
        archived=True,
    )
    put(root, "IMG_1.png.supplemental-metadata(2).json", told)
    gallery = reader(root)
    [photo] = gallery.scan()
    assert (photo.taken_at, photo.time_origin) == (datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC), "takeout")
    assert (photo.position, photo.favourite, photo.hidden) == (Position(38.71, -9.14), True, True)
    assert [(r.photo, r.box, r.name) for r in gallery.regions(photo.id)] == [(photo.id, None, "Ben")]
    assert gallery.signals().favourites == {photo.id}


def test_the_bin_of_google_stays_shut(root):
    put(root, "a.jpg", jpeg())
    put(root, "a.jpg.json", takeout(trashed=True))
    gallery = reader(root)
    assert gallery.scan() == []
    assert gallery.problems == ()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.jpg.xmp", b"<x", id="sidecar"),
        pytest.param("a.jpg.json", b"{", id="Takeout"),
    ],
)
def test_a_broken_neighbour_costs_nothing_but_itself(name, data, root):
    put(root, "a.jpg", jpeg())
    put(root, name, data)
    gallery = reader(root)
    assert [photo.name for photo in gallery.scan()] == ["a.jpg"]
    assert name in gallery.problems[0].reason
    assert (root / name).read_bytes() == data


@pytest.mark.parametrize(
    ("orientation", "box"),
    [
        pytest.param(1, (0.1, 0.1, 0.3, 0.5), id="upright"),
        pytest.param(3, (0.7, 0.5, 0.9, 0.9), id="upside down"),
        pytest.param(6, (0.5, 0.1, 0.9, 0.3), id="turned right to view"),
        pytest.param(8, (0.1, 0.7, 0.5, 0.9), id="turned left to view"),
    ],
)
def test_faces_turn_with_their_picture(orientation, box, root):
    put(root, "a.jpg", jpeg(orientation=orientation, xmp=xmp(FACE)))
    put(root, "a.jpg.json", takeout(people=[{"name": "Anna"}, {"name": "Ben"}]))
    gallery = reader(root)
    [photo] = gallery.scan()
    anna, ben = gallery.regions(photo.id)
    assert (anna.photo, anna.name, anna.id) == ("a.jpg", "Anna", "a.jpg#0")
    assert anna.box == pytest.approx(box)
    assert (ben.name, ben.box) == ("Ben", None)


@pytest.mark.parametrize(
    ("orientation", "size"),
    [pytest.param(1, (80, 60), id="upright"), pytest.param(6, (60, 80), id="turned")],
)
def test_a_picture_has_the_size_that_its_photo_says(orientation, size, root):
    put(root, "a.jpg", jpeg(99, orientation=orientation))
    gallery = reader(root)
    [photo] = gallery.scan()
    assert open_picture(gallery.path_of(photo.id)).size == size == (photo.width, photo.height)


def test_a_path_needs_no_scan_in_the_same_process(root):
    put(root, "a.jpg", jpeg())
    [photo] = reader(root).scan()
    assert reader(root).path_of(photo.id) == root / "a.jpg"


def test_a_deleted_photo_is_gone(root):
    put(root, "a.jpg", jpeg())
    gallery = reader(root)
    [photo] = gallery.scan()
    (root / "a.jpg").unlink()
    for call in (lambda: gallery.path_of(photo.id), lambda: gallery.path_of("never")):
        with pytest.raises(PhotoGone):
            call()
    assert gallery.scan() == []


def test_the_shared_examples_are_all_read(tmp_path):
    if not (SHARED / "exif").is_dir():
        pytest.skip("needs the shared data in exif/")
    gallery = FolderReader(SHARED / "exif", tmp_path, BERLIN)
    photos = gallery.scan()
    assert len(photos) + len(gallery.problems) >= 165
    assert sum(photo.position is not None for photo in photos) >= 20
    assert {photo.time_origin for photo in photos} >= {"exif", "xmp", "file"}


def test_a_face_that_digikam_turned(tmp_path):
    """The same picture, stored upright and stored turned: the same faces."""
    folder = SHARED / "exif/immich_test_assets/metadata/faces"
    if not folder.is_dir():
        pytest.skip("needs the shared data in exif/")
    gallery = FolderReader(folder, tmp_path, BERLIN)
    upright, turned = ({r.name: r.box for r in gallery.regions(photo.id)} for photo in reversed(gallery.scan()))
    assert set(upright) == {"Marie Curie", "Pierre Curie"}
    for name, box in upright.items():
        assert turned[name] == pytest.approx(box, abs=0.002)


def test_hostile_files_are_read_or_reported(tmp_path, root):
    if not (SHARED / "hostile").is_dir():
        pytest.skip("needs the shared data in hostile/")
    shutil.copytree(SHARED / "hostile", root / "hostile")
    gallery = FolderReader(root, tmp_path / "state", BERLIN)
    photos = gallery.scan()
    assert len(photos) > 100
    assert len(gallery.problems) > 10
    assert all(problem.reason for problem in gallery.problems)
    again = FolderReader(root, tmp_path / "state", BERLIN)
    assert again.scan() == photos
    assert again.problems == gallery.problems
