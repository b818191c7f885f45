"""Draw the pictures of docs/covers.md: an album of three users, what its cover is chosen from, and what they like.

    python -m benchmarks.cover_pictures --out DIR

Each user has a library of scenes of the sample library, drawn anew, and likes some of them; the favourites are drawn by
lot. The album is new: none of its photos is a favourite. It takes about three minutes.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from plugins.covers import Album, IntArray, Pictures
from plugins.covers.acceptance import share_of
from plugins.covers.candidates import preset
from plugins.covers.interest_gru import Plugin
from plugins.decoding import Decoders
from plugins.features import vgg16
from plugins.features.pipeline import Wanted, extract
from plugins.pages.album_covers import considered, cover_reason, interest_of
from plugins.pages.contact_sheets import sheet_of
from plugins.pages.cover_sheets import sheet_parts
from plugins.sample._brush import Brush
from plugins.sample._scenes import LIGHTS
from plugins.sample._story import SCENES, STORY
from plugins.store import ChosenCover, Ranked

SEED: Final = 4
EARLIER: Final = 120
"""Photos of a library before the album."""
TAKEN, LIKED, BY_CHANCE = 0.45, 0.8, 0.02
"""How often users photograph what they like, make a favourite of it, and make one of something else."""
MOST_BYTES: Final = 150_000
WIDTH: Final = 1_100
DAY_S: Final = 86_400.0
Shot = tuple[str, str]


@dataclass(frozen=True, slots=True)
class User:
    """A user: a name for the file, the scenes that they like, the new album's title and its photos, scene and light."""

    name: str
    likes: frozenset[str]
    title: str
    album: str

    @property
    def shots(self) -> list[Shot]:
        """Return the album's photos as pairs of scene and light."""
        words = self.album.split()
        return list(zip(words[::2], words[1::2], strict=True))


USERS: Final = (
    User(
        "sea",
        frozenset({"beach", "lake"}),
        "Three days in Lisbon",
        "tram day tiles day tram golden town golden town golden town dusk tram night palace day palace day tiles day "
        "beach day beach golden beach golden beach dusk town day dinner night",
    ),
    User(
        "cat",
        frozenset({"cat"}),
        "A week at home",
        "desk day desk day tree night dinner night dinner night cake day cat day cat day garden day garden golden "
        "birthday day snowman day lake day tiles day",
    ),
    User(
        "lights",
        frozenset({"wheel", "skyline"}),
        "A birthday in Vienna",
        "birthday day birthday day cake day garden day garden golden skyline day skyline day skyline dusk wheel day "
        "wheel dusk skyline night dinner night cake night tiles day",
    ),
)


@dataclass(frozen=True, slots=True)
class Library:
    """A user's photos: files, what is measured of them, rows of the favourites and of the album, in order of time."""

    files: tuple[Path, ...]
    pictures: Pictures
    liked: IntArray
    album: IntArray


def shots_of(user: User, draw: np.random.Generator) -> list[Shot]:
    """Return the photos that a user took before the album, those that they like among them, by lot."""
    every = sorted({shot for chapter in STORY for session in chapter.sessions for shot in session.shots})
    theirs = [shot for shot in every if shot[0] in user.likes]
    others = [shot for shot in every if shot[0] not in user.likes]
    kinds = [theirs if draw.random() < TAKEN else others for _ in range(EARLIER)]
    return [kind[int(draw.integers(len(kind)))] for kind in kinds]


def favourites_of(user: User, shots: Sequence[Shot], draw: np.random.Generator) -> IntArray:
    """Return which photos, by their numbers, the user marks."""
    chance = [LIKED if scene in user.likes else BY_CHANCE for scene, _ in shots]
    found: IntArray = np.flatnonzero(draw.random(len(shots)) < np.array(chance))
    return found


def drawn_library(user: User, number: int, folder: Path) -> Library:
    """Draw a user's library into a folder and take its features."""
    draw = np.random.default_rng([SEED, number])
    earlier = shots_of(user, draw)
    liked, shots = favourites_of(user, earlier, draw), [*earlier, *user.shots]
    files = tuple(_drawn(folder, (number, n), shot) for n, shot in enumerate(shots))
    favourite = np.zeros(len(shots), np.bool_)
    favourite[liked] = True
    pictures = Pictures.of([file.stem for file in files], DAY_S * np.arange(float(len(files))), favourite=favourite)
    return Library(files, _measured(pictures, files), liked, np.arange(len(earlier), len(shots)))


def _drawn(folder: Path, number: tuple[int, int], shot: Shot) -> Path:
    """Draw one photo; the same numbers give the same one."""
    file, (scene, light) = folder / f"{number[1]:03}-{shot[0]}.jpg", shot
    brush = Brush(np.random.default_rng([SEED, *number]))
    SCENES[scene](brush, light)
    brush.finish(LIGHTS[light].warmth, light=1.04).resize((640, 480)).save(file, quality=90)
    return file


def _measured(pictures: Pictures, files: Sequence[Path]) -> Pictures:
    """Return the pictures with their vectors, sharpness and exposure; there are no faces in drawn figures."""
    extractor = vgg16.Plugin()
    scenes = np.zeros((len(files), extractor.dim), np.float32)
    sharpness, exposure = (np.full(len(files), np.nan, np.float32) for _ in range(2))
    with Decoders() as decoders:
        wanted = (Wanted(str(n), file.absolute, faces=False) for n, file in enumerate(files))
        for made in extract(wanted, decoders, None, extractor):
            if made.vector is None:
                raise ValueError(f"{files[int(made.key)]} cannot be read: {made.failed or made.problems}")
            n = int(made.key)
            scenes[n], sharpness[n], exposure[n] = made.vector, made.sharpness, made.exposure
    return replace(pictures, scenes=scenes, sharpness=sharpness, exposure=exposure)


def chosen(library: Library, personal: float) -> ChosenCover:
    """Choose the cover of the album by the preset rule and the method, as a run does it; `personal` is its setting."""
    candidates = preset(library.pictures, library.album)
    (ranking,) = Plugin(personal=personal).rank(library.pictures, [Album(candidates.rows, library.liked)])
    ids = [library.pictures.ids[row] for row in candidates.rows.tolist()]
    interest = [None] * len(ids) if ranking.interest is None else ranking.interest.tolist()
    return ChosenCover(
        ids[ranking.best],
        tuple(Ranked(*one) for one in zip(ids, ranking.scores.tolist(), interest, strict=True)),
        tuple(library.pictures.ids[row] for row in ranking.matches),
        candidates.left_out,
    )


def sheet(user: User, library: Library, cover: ChosenCover) -> Image.Image:
    """Return the contact sheet of an album: its candidates, the chosen one framed, and the favourites like it."""
    files = dict(zip(library.pictures.ids, library.files, strict=True))
    like = () if interest_of(cover, cover.photo) is None else cover.matches
    names = {id_: file.name for id_, file in files.items()}
    parts = sheet_parts(user.title, cover.candidates, Ranked(cover.photo, 1.0), like, names)
    shown = (files[id_] for id_ in (*(one.photo for one in cover.candidates), *like))
    drawn = Image.open(io.BytesIO(sheet_of(parts, map(Image.open, shown)))).convert("RGB")
    return drawn.resize((WIDTH, round(WIDTH * drawn.height / drawn.width)), Image.Resampling.LANCZOS)


def said(library: Library, cover: ChosenCover, alone: ChosenCover) -> str:
    """Return in words why a cover was chosen, and from what, and which one would have been without favourites."""
    number = {one.photo: n for n, one in enumerate(cover.candidates, 1)}
    names = {id_: file.name for id_, file in zip(library.pictures.ids, library.files, strict=True)}
    reason = cover_reason(cover, names, "no match with the favourites")
    without = f"without the {len(library.liked)} favourites number {number[alone.photo]}"
    return f"number {number[cover.photo]}, {without}; {reason}; {considered(cover)}"


def draw(out: Path) -> None:
    """Draw the album of each user, print what was chosen, and write the pictures, each below `MOST_BYTES`."""
    for number, user in enumerate(USERS):
        with tempfile.TemporaryDirectory() as folder:
            library = drawn_library(user, number, Path(folder))
            cover, alone = chosen(library, share_of(len(library.liked))), chosen(library, 0.0)
            picture, file = sheet(user, library, cover), out / f"covers-{user.name}.jpg"
            for quality in range(84, 40, -6):
                picture.save(file, quality=quality, optimize=True, progressive=True)
                if file.stat().st_size < MOST_BYTES:
                    break
            print(f"{file}: {said(library, cover, alone)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures are written")
    args = parser.parse_args(argv)
    if not args.out.is_dir():
        parser.error(f"{args.out} is not a folder")
    draw(args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
