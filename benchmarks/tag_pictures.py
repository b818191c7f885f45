"""Draw the picture of docs/tags.md: contact sheets of six clusters of tagged pictures, with how often each tag is.

    python -m benchmarks.tag_pictures --out DIR
    python -m benchmarks.tag_pictures --pictures DIR --out DIR

The first draws scenes of the sample library anew, several times each, and tags them as a user would, who forgets one
tag in four. `--pictures` takes <class>/*.jpg, the class is the tag; it writes nowhere inside the project.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks._drawing import COLOURS, FAINT, FINER, Sheet
from benchmarks._extract_quality import labelled
from benchmarks._tags_extraction import from_pictures
from plugins.pages.contact_sheets import spread
from plugins.pages.wording import clean, count, shorten
from plugins.pictures import open_picture
from plugins.sample._brush import Brush
from plugins.sample._scenes import LIGHTS
from plugins.sample._story import SCENES, STORY
from plugins.tags import Floats, IntArray, Stock
from plugins.tags.cluster_frequency import ClusterModel, Plugin

ROOT: Final = Path(__file__).resolve().parents[1]
SHOWN: Final = 6
"""Clusters that are drawn: the largest whose commonest tags differ."""
EACH: Final = 5
"""Pictures of a scene in a light."""
FORGOTTEN: Final = 0.25
"""Share of the tags that the user of the drawn pictures has not set."""
MOST: Final = 400
"""Pictures of the user's that are used."""
WORDS: Final = {
    "beach": ("beach", "sea"), "lake": ("lake",), "skyline": ("Vienna",), "wheel": ("Vienna", "fair"),
    "town": ("Lisbon", "view"), "tram": ("Lisbon", "tram"), "tiles": ("Lisbon", "patterns"),
    "palace": ("Sintra", "castle"), "birthday": ("birthday", "Mia"), "cake": ("birthday", "cake"),
    "garden": ("garden", "birthday"), "cat": ("Momo",), "desk": ("home office",), "dinner": ("dinner", "friends"),
    "tree": ("Christmas",), "snowman": ("snow", "Mia"),
}  # fmt: skip
LIGHT_WORDS: Final = {"golden": ("sunset",), "dusk": ("sunset",), "night": ("night",)}
TILES, TILE_PX, BARS = 6, 74, 3
BLOCK: Final = (478, 172)
"""Width and height in px that a cluster takes."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster to draw: its number, rows of its pictures, nearest to the middle first, and (tag, posts with it)."""

    number: int
    posts: int
    rows: IntArray
    tags: tuple[tuple[str, int], ...]


def clusters_of(model: ClusterModel, vectors: Floats) -> list[Cluster]:
    """Return the clusters with their pictures and most frequent tags, the largest first."""
    nearest, found = model.nearest(vectors), []
    for number in np.argsort(-model.posts, kind="stable").tolist():
        rows = np.flatnonzero(nearest == number)
        of_this = np.flatnonzero(model.counts.cluster == number)
        often = sorted(of_this.tolist(), key=lambda i: (-model.counts.support[i], model.tags[model.counts.tag[i]]))
        tags = tuple((model.tags[model.counts.tag[i]], int(model.counts.support[i])) for i in often[:BARS])
        middle = vectors[rows].mean(axis=0) if len(rows) else vectors[:0].sum(axis=0)
        found.append(Cluster(number, int(model.posts[number]), rows[np.argsort(-(vectors[rows] @ middle))], tags))
    return found


def chosen(clusters: Sequence[Cluster], most: int = SHOWN) -> list[Cluster]:
    """Return the largest clusters of which no two have the same commonest tag, filled up with others."""
    firsts: dict[str, Cluster] = {}
    for cluster in clusters:
        if cluster.tags:
            firsts.setdefault(cluster.tags[0][0], cluster)
    different = list(firsts.values())[:most]
    others = [cluster for cluster in clusters if cluster.tags and cluster not in different]
    return different + others[: most - len(different)]


def drawn_clusters(clusters: Sequence[Cluster], files: Sequence[Path], n_photos: int, n_clusters: int) -> Image.Image:
    """Return the sheet: for each cluster its pictures, and a bar for each of its tags."""
    high = -(-len(clusters) // 2) * BLOCK[1] + 46
    sheet = Sheet(2 * BLOCK[0] + 10, high)
    said = f"{len(clusters)} of {count(n_clusters, 'cluster')} of {count(n_photos, 'tagged photo')}"
    sheet.text((12, 12), f"{said}; a bar is the share of a cluster's photos that have the tag", 14)
    for place, cluster in enumerate(clusters):
        across, down = place % 2, place // 2
        _draw(sheet, cluster, files, 12 + across * BLOCK[0], 46 + down * BLOCK[1])
    return sheet.image.resize((sheet.width, sheet.height), Image.Resampling.LANCZOS)


def _draw(sheet: Sheet, cluster: Cluster, files: Sequence[Path], left: float, top: float) -> None:
    for cell, picture in enumerate(_tiles([files[row] for row in cluster.rows])):
        sheet.paste(picture, (left + cell * (TILE_PX + 3), top), TILE_PX)
    below = top + TILE_PX + 8
    for line, (tag, posts) in enumerate(cluster.tags):
        y, share = below + line * 20, posts / max(cluster.posts, 1)
        sheet.box(left + 150, y + 3, left + 350, y + 13, FAINT)
        sheet.box(left + 150, y + 3, left + 150 + 200 * share, y + 13, COLOURS[0])
        sheet.text((left, y), shorten(clean(tag), 20), 13)
        sheet.text((left + 358, y), f"{share:.2f}   {posts} of {cluster.posts}", 12)


def _tiles(files: Sequence[Path]) -> Iterator[Image.Image]:
    """Yield some pictures of a cluster, those near its middle and those at its edge, cut to squares."""
    for number in spread(len(files), TILES):
        picture = open_picture(files[number - 1], working=True)
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        yield picture.crop((left, top, left + side, top + side)).resize(
            (TILE_PX * FINER,) * 2, Image.Resampling.LANCZOS
        )


def draw_scenes(folder: Path, each: int = EACH) -> None:
    """Draw every scene of the sample library in every light that it has there, into <scene>/<light>-<number>.jpg."""
    shots = sorted({shot for chapter in STORY for session in chapter.sessions for shot in session.shots})
    for number, (scene, light) in enumerate(shots):
        (folder / scene).mkdir(parents=True, exist_ok=True)
        for again in range(each):
            brush = Brush(np.random.default_rng([5, number, again]))
            SCENES[scene](brush, light)
            brush.finish(LIGHTS[light].warmth, light=1.04).save(folder / scene / f"{light}-{again}.jpg", quality=88)


def words_of(file: Path, draw: np.random.Generator) -> list[str]:
    """Return the tags of a drawn scene, without those that the user forgot."""
    words = (*WORDS[file.parent.name], *LIGHT_WORDS.get(file.stem.split("-")[0], ()))
    return [word for word in words if draw.random() >= FORGOTTEN]


def draw_sample(out: Path) -> Path:
    """Draw six clusters of drawn scenes; return the file."""
    with tempfile.TemporaryDirectory() as folder:
        draw_scenes(Path(folder))
        files, _ = labelled(Path(folder), None, 0)
        draw = np.random.default_rng(5)
        return _draw_into(out / "tags-clusters.jpg", Path(folder), [words_of(file, draw) for file in files], None)


def draw_pictures(pictures: Path, out: Path) -> Path:
    """Draw six clusters of pictures of <class>/*.jpg; return the file."""
    files, _ = labelled(pictures, MOST, 0)
    return _draw_into(out / f"tags-{pictures.name}.jpg", pictures, [[file.parent.name] for file in files], MOST)


def _draw_into(file: Path, folder: Path, tags: Sequence[Sequence[str]], most: int | None) -> Path:
    files, _ = labelled(folder, most, 0)
    vectors = from_pictures(folder, most, 0, of_maps=False)["vectors"]
    model = Plugin().fit(Stock.of(vectors, tags))
    clusters = clusters_of(model, vectors)
    n_tagged = sum(map(bool, tags))
    drawn_clusters(chosen(clusters), files, n_tagged, len(clusters)).save(file, quality=80, optimize=True)
    return file


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="pictures by class; --out outside the project")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture is written")
    args = parser.parse_args(argv)
    if not args.out.is_dir():
        parser.error(f"{args.out} is not a folder")
    if args.pictures and args.out.resolve().is_relative_to(ROOT):
        parser.error(f"pictures of yours do not belong into the project: name an --out outside of {ROOT}")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Draw what the command line asks for."""
    args = parsed(argv)
    print(draw_pictures(args.pictures, args.out) if args.pictures else draw_sample(args.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
