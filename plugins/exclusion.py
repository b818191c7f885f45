"""Which photos are left out of events, albums, tags and covers, and why; every rule is in this one place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from plugins.records import Photo
from plugins.sections import Exclude

# Names that systems and apps give, as they were seen; matched against the file's own name or one folder's name.
SCREENSHOT = re.compile(
    r"^(?:screen[ _-]?shots?|screen[ _-]?recordings?|screenrecord(?:er)?|screencapture|scrnshot|bildschirm(?:foto|aufnahme)|"
    r"captura de (?:pantalla|tela|ecr[ãa])|capture d[’'_ ]?[ée]cran|schermafbeelding|schermata|skærmbillede|skjermbilde|"
    r"skärmavbild|zrzut ekranu|snímek obrazovky|снимок экрана|скриншот|スクリーンショット|스크린샷|屏幕截图|屏幕快照|截屏|螢幕截圖)"
    r"(?![a-z])",
    re.IGNORECASE,
)
MESSENGER = re.compile(
    r"(?:^(?:IMG|VID|STK|GIF|PTT|AUD)-\d{8}-WA\d{4,}|^WhatsApp (?:Image|Video)\b|^signal-\d{4}-\d{2}-\d{2}|"
    r"^photo_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}|^video_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}|^telegram[-_ ]|^threema-\d|"
    r"^viber[_ ]?(?:image|video)|^(?:FB_IMG|received)_\d{6,}|^mmexport\d{10,}|^wx_camera_\d{10,}|^line_(?:album_)?\d|"
    r"^snapchat-\d{6,})",
    re.IGNORECASE,
)
MESSENGER_FOLDER = re.compile(
    r"^(?:WhatsApp(?: Business)?(?: Images| Video| Animated Gifs| Stickers| Documents)?|Telegram(?: Images| Video| Documents)?|"
    r"Signal|Threema|Viber(?: Images)?|WeChat|Weixin|Messenger|KakaoTalk|Snapchat)$",
    re.IGNORECASE,
)
DOCUMENT = re.compile(
    r"^(?:scan(?:ned|s)?(?:[ _-].*|\d.*)?|adobe scan\b.*|camscanner\b.*|genius scan\b.*|office lens\b.*|"
    r"microsoft lens\b.*|numérisation\b.*|escaneo\b.*|digitalização\b.*|dokument(?:e|en)?[ _-]?\d*|document[ _-]?\d*|"
    r"receipt[ _-]?\d*|rechnung[ _-]?\d*|invoice[ _-]?\d*|DOC-\d{8}-WA\d{4,})$",
    re.IGNORECASE,
)
DOCUMENT_FOLDER = re.compile(
    r"^(?:scans?|camscanner|adobe scan|documents?|dokumente?n?|documentos|receipts|rechnungen|invoices|office lens)$",
    re.IGNORECASE,
)
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
    """Return why a photo is left out, in words for a person, or None; `albums_of_photo` are titles of the user's albums."""
    path = PurePosixPath(photo.name)
    if rules.hidden and photo.hidden:
        return "hidden or archived"
    if folder := _folder(path, rules.folders):
        return f"in the folder {folder}"
    if album := _first(albums_of_photo, rules.albums):
        return f"in the album {album}"
    if tag := _first(photo.tags, rules.tags):
        return f"tagged {tag}"
    if rules.screenshots and _is_screenshot(photo, path):
        return "a screenshot"
    if rules.messenger and (MESSENGER.match(path.name) or _any_folder(path, MESSENGER_FOLDER)):
        return "from a messenger"
    if rules.documents and _is_document(photo, path):
        return "a document"
    return None


def _folder(path: PurePosixPath, patterns: Iterable[str]) -> str | None:
    """Return the outermost folder of a path that a pattern names, by its own name or by its path from the top."""
    for folder in reversed(path.parents[:-1] if path.parents else ()):
        for pattern in patterns:
            wanted = pattern.strip("/")
            if _like(str(folder), wanted) or ("/" not in wanted and _like(folder.name, wanted)):
                return str(folder)
    return None


def _first(names: Iterable[str], patterns: Iterable[str]) -> str | None:
    wanted = tuple(patterns)
    return next((name for name in names if any(_like(name, pattern) for pattern in wanted)), None)


def _like(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


def _any_folder(path: PurePosixPath, names: re.Pattern[str]) -> bool:
    return any(names.match(folder) for folder in path.parts[:-1])


def _is_screenshot(photo: Photo, path: PurePosixPath) -> bool:
    if SCREENSHOT.match(path.name) or _any_folder(path, SCREENSHOT):
        return True
    return not photo.camera and path.suffix.lower() in SCREEN_FILES and _sides(photo) in SCREENS_PX


def _is_document(photo: Photo, path: PurePosixPath) -> bool:
    if DOCUMENT.match(path.stem) or _any_folder(path, DOCUMENT_FOLDER):
        return True
    return not photo.camera and photo.kind == "image" and _sides(photo) in SHEETS_PX


def _sides(photo: Photo) -> tuple[int, int]:
    return min(photo.width, photo.height), max(photo.width, photo.height)
