"""Which photos are left out of events, albums, tags and covers, and why; every rule is in this one place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath

from plugins.records import Photo
from plugins.sections import Exclude


def _any_of(*words: str, whole: bool = False) -> re.Pattern[str]:
    """Return a pattern for names that begin with, or wholly are, one of these expressions, in any case."""
    return re.compile(rf"(?:{'|'.join(words)}){'$' if whole else ''}", re.IGNORECASE)


# The names that systems and apps give; matched against a file's own name, its stem, or the name of one folder.
SCREENSHOT = _any_of(
    *(r"screen[ _-]?shots?(?![a-z])", r"screen[ _-]?record(?:ing|er)?s?(?![a-z])", r"screencapture", r"scrnshot"),
    *(r"bildschirm(?:foto|aufnahme)", r"captura de (?:pantalla|tela|ecr[ãa])", r"capture d[’'_ ]?[ée]cran"),
    *(r"schermafbeelding", r"schermata(?![a-z])", r"skærmbillede", r"skjermbilde", r"skärmavbild", r"zrzut ekranu"),
    *(r"snímek obrazovky", r"снимок экрана", r"скриншот", r"スクリーンショット", r"스크린샷", r"屏幕截图", r"屏幕快照"),
    *(r"截屏", r"螢幕截圖"),
)
MESSENGER = _any_of(
    *(r"(?:IMG|VID|STK|GIF|PTT|AUD)-\d{8}-WA\d{4,}", r"WhatsApp (?:Image|Video)\b", r"signal-\d{4}-\d{2}-\d{2}"),
    *(
        r"(?:photo|video)_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}",
        r"telegram[-_ ]",
        r"threema-\d",
        r"viber[_ ]?(?:image|video)",
    ),
    *(r"(?:FB_IMG|received)_\d{6,}", r"(?:mmexport|wx_camera_)\d{10,}", r"line_album_", r"snapchat-\d{6,}"),
)
MESSENGER_FOLDER = _any_of(
    r"WhatsApp(?: Business)?(?: (?:Images|Video|Animated Gifs|Stickers|Documents))?",
    r"Telegram(?: (?:Images|Video|Documents))?",
    *("Signal", "Threema", "Viber(?: Images)?", "WeChat", "Weixin", "Messenger", "KakaoTalk", "Snapchat"),
    whole=True,
)
DOCUMENT = _any_of(
    *(
        r"scan(?:ned|s)?(?:[ _-].*|\d.*)?",
        r"(?:adobe|genius) scan\b.*",
        r"camscanner\b.*",
        r"(?:office|microsoft) lens\b.*",
    ),
    *(r"numérisation\b.*", r"escaneo\b.*", r"digitalização\b.*", r"DOC-\d{8}-WA\d{4,}"),
    r"(?:document|dokument|receipt|invoice|rechnung|quittung)s?[ _-]?\d*",
    whole=True,
)
DOCUMENT_FOLDER = _any_of(
    *("scans?", "camscanner", "(?:adobe|genius) scan", "office lens", "documents?", "dokumente?", "documentos"),
    *("receipts", "invoices", "rechnungen"),
    whole=True,
)
_FOLDERS = {"screenshots": SCREENSHOT, "messenger": MESSENGER_FOLDER, "documents": DOCUMENT_FOLDER}
SCREEN_FILES = frozenset({".png", ".webp"})
SCREENS_PX = frozenset(
    {(640, 1136), (750, 1334), (828, 1792), (1080, 1920), (1080, 2160), (1080, 2220), (1080, 2280), (1080, 2340)}
    | {(1080, 2400), (1125, 2436), (1170, 2532), (1179, 2556), (1206, 2622), (1242, 2208), (1242, 2688), (1284, 2778)}
    | {(1290, 2796), (1320, 2868), (1440, 2560), (1440, 2960), (1440, 3040), (1440, 3088), (1440, 3120), (1440, 3200)}
    | {(720, 1280), (720, 1520), (720, 1600), (768, 1366), (900, 1440), (900, 1600), (1050, 1680), (1200, 1920)}
    | {(1536, 2048), (1600, 2560), (1620, 2160), (1668, 2224), (1668, 2388), (1800, 2880), (2048, 2732), (2160, 3840)}
)
"""Shorter and longer side of common screens in pixels; a picture of this size without a camera was not taken."""
SHEETS_PX = frozenset(
    {(1240, 1754), (1654, 2339), (2480, 3508), (3508, 4961), (4960, 7016), (4961, 7016)}  # A4 at 150 to 600 dpi, A3
    | {(1275, 1650), (1700, 2200), (2550, 3300), (5100, 6600)}  # US Letter at 150 to 600 dpi
)


def excluded(photo: Photo, rules: Exclude, albums_of_photo: Iterable[str] = ()) -> str | None:
    """Return why a photo is left out, in words for a person, or None.

    `albums_of_photo` are the titles of the user's albums that hold it. What the user said comes before what we guess.
    """
    if rules.hidden and photo.hidden:
        return "hidden or archived"
    folders, name = _split(photo.name)
    if folder := _folder(folders, rules.folders):
        return f"in the folder {folder}"
    if album := _first(albums_of_photo, rules.albums):
        return f"in the album {album}"
    if tag := next((tag for tag in photo.tags if _is_named(tag, rules.tags)), None):
        return f"tagged {tag}"
    if rules.screenshots and _is_screenshot(photo, folders, name):
        return "a screenshot"
    if rules.messenger and (MESSENGER.match(name) or "messenger" in _kept_in(folders)):
        return "from a messenger"
    if rules.documents and _is_document(photo, folders, name):
        return "a document"
    return None


def _split(path: str) -> tuple[str, str]:
    """Return the folders of a path, and the name of the file; of very many paths few have others."""
    folders, _, name = path.rpartition("/")
    if name not in {"", "."}:
        return folders, name
    tidy = PurePosixPath(path)
    return str(tidy.parent), tidy.name


@lru_cache(maxsize=1 << 16)
def _folder(folders: str, patterns: tuple[str, ...]) -> str | None:
    """Return the outermost folder that a pattern names, by its own name or by its path from the top."""
    wanted_folders = [pattern.removesuffix("/**").strip("/") for pattern in patterns]
    path = PurePosixPath(folders)
    for folder in (*reversed(path.parents), path) if wanted_folders else ():
        for wanted in wanted_folders if folder.name else ():  # the library's own top is no folder in it
            if like(str(folder), wanted) or ("/" not in wanted and like(folder.name, wanted)):
                return str(folder)
    return None


def _first(names: Iterable[str], patterns: Iterable[str]) -> str | None:
    wanted = tuple(patterns)
    return next((name for name in names if any(like(name, pattern) for pattern in wanted)), None)


@lru_cache(maxsize=1 << 16)
def _is_named(tag: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a pattern is for a tag; libraries have few tags, each on many photos."""
    return _first(_names(tag), patterns) is not None


def _names(tag: str) -> tuple[str, ...]:
    """Return what a tag goes by: its path, the paths above it, and the words of its levels, an `AC|DC` as `AC/DC` too.

    Whoever leaves out `Private` means what is filed below it as well; Lightroom writes both words on such photos.
    """
    levels = tag.split("/")
    paths = ("/".join(levels[:n]) for n in range(len(levels), 0, -1))
    return tuple(dict.fromkeys((*paths, *levels, *(level.replace("|", "/") for level in levels))))


def like(name: str, pattern: str) -> bool:
    """Say whether a name is the one that a pattern gives, or fits the glob, in any case."""
    return fnmatchcase(name.casefold(), pattern.casefold())


@lru_cache(maxsize=1 << 16)
def _kept_in(folders: str) -> frozenset[str]:
    """Return what these folders are for by the name of any of them, as `_FOLDERS` calls it."""
    parts = PurePosixPath(folders).parts
    return frozenset(kind for kind, names in _FOLDERS.items() if any(names.match(folder) for folder in parts))


def _is_screenshot(photo: Photo, folders: str, name: str) -> bool:
    if SCREENSHOT.match(name) or "screenshots" in _kept_in(folders):
        return True
    if photo.camera or _sides(photo) not in SCREENS_PX:
        return False
    return PurePosixPath(name).suffix.lower() in SCREEN_FILES


def _is_document(photo: Photo, folders: str, name: str) -> bool:
    if DOCUMENT.match(_stem(name)) or "documents" in _kept_in(folders):
        return True
    return not photo.camera and photo.kind == "image" and _sides(photo) in SHEETS_PX


def _stem(name: str) -> str:
    """Return a name without its suffix, as `PurePosixPath.stem`, of which a million take long to make."""
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name


def _sides(photo: Photo) -> tuple[int, int]:
    return min(photo.width, photo.height), max(photo.width, photo.height)
