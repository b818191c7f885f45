"""The fake answers what a real Immich 3.1.0 was recorded to answer, call after call, with its state carried along."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.immich import FakeImmich
from fakes.recorded import UUID, Exchange, Replay, assets_in, fields_of, read_exchanges

NOT_OURS = {
    r"\w+ /api/(auth|admin|api-keys($|/[0-9a-f])|queues|jobs)": "administration",
    r"\w+ /api/server/(about|storage|media-types|version-history|statistics)": "facts about the machine",
    r"POST /api/assets($|/bulk-upload-check)": "uploads; the fake is given its photos",
    r"\w+ /api/(timeline|map|search/(random|smart|suggestions)|assets/[^/]+/video)": "pages that we never read",
    r"GET /(\?|$)": "web pages",
}
"""Requests that neither Albumen nor its users' simulated edits make, with the reason."""
PECULIAR = {
    3: "before the server was set up",
    145: "the words of the JSON parser",
    349: "a date in words, which the real server's database understands",
}
"""Exchanges of ours that are left out, with the reason."""
UNSEEN = ["2020-03", "2015-04", "2015-02", "2014-09", "2013-07", "2007-11", "2007-09", "2005-12"]
"""Months of the photos of which the recording shows nothing but that they are there."""


class Scene:
    """What happened on the real server between the recorded calls, done on the fake by its user."""

    def __init__(self, fake: FakeImmich, exchanges: list[Exchange]) -> None:
        self.fake, self.answers = fake, {e.n: e.answer for e in exchanges}
        self.known = set(UUID.findall(str([(e.url, e.body, e.answer) for e in exchanges])))
        shapes = [shape for e in exchanges for shape in assets_in(e.answer)]
        self.shapes = {s["id"]: s for s in reversed(shapes)}
        self.shapes |= {s["id"]: s for s in reversed(shapes) if s["thumbhash"]}
        self.exif = {s["id"]: s["exifInfo"] for s in reversed(shapes) if "exifInfo" in s and s["thumbhash"]}
        self.acts: dict[int, Callable[[], Any]] = {
            44: self.upload,
            59: lambda: fake.change_asset(self.id("bbca"), **fields_of(self.answers[59])),
            62: lambda: fake.change_asset(self.id("bbca"), **fields_of(self.answers[62])),
            159: lambda: self.add("6c68", owner=self.bob),
            194: lambda: fake.tag("sky", self.id("bbca")),  # the race: a tag taken off is back for a moment
            206: lambda: self.make_tag("b3ac"),
            208: lambda: fake.untag("sky", self.id("bbca")),
            333: self.meet_people,
            335: lambda: self.draw("c335", "4790"),
            366: lambda: fake.add_to_album(self.replay.mapped(self.id("9482")), self.id("d7f3")),
            433: lambda: fake.revoke(self.keys["<KEY_NOPERM>"]),
            434: self.last_photo,
        }
        fake.features = {name for name, is_on in self.answers[4].items() if is_on}
        self.bob = fake.add_user("Bob")
        keys = {"ALL": ["all"], "READ": ["asset.read", "asset.view"], "NOPERM": ["asset.statistics"]}
        keys["CLIENT"] = self.answers[15]["apiKey"]["permissions"]
        keys |= {
            e.headers["x-api-key"][5:-1]: [e.headers["x-api-key"][5:-1]] for e in exchanges if "<KEY " in str(e.headers)
        }
        self.keys = {f"<KEY_{name}>": fake.add_key(may, name=name) for name, may in keys.items()}
        self.keys |= {name.replace("_", " "): secret for name, secret in self.keys.items()}
        self.replay = Replay(fake, self.keys, {self.answers[158]["id"]: self.bob.id})
        self.keys |= {"<KEY_BOB>": fake.add_key(["all"], self.bob), "<KEY_tag.asset_only>": fake.add_key(["tag.asset"])}

    def id(self, start: str) -> str:
        (found,) = [i for i in self.known if i.startswith(start)]
        return found

    def add(self, start: str, **more: Any) -> None:
        asset = self.id(start)
        shape = self.shapes[asset] | ({"exifInfo": self.exif[asset]} if asset in self.exif else {})
        self.fake.add_asset(shape["originalFileName"], **fields_of(shape), id=asset, **more)
        for tag in shape.get("tags", ()) if asset == self.id("4d8b") else ():
            self.fake.tag(tag["value"], asset)

    def upload(self) -> None:
        """Put the 31 photos there; the first is not worked in yet, and of some only id and time are known."""
        for asset in set(self.shapes) - {self.id("6c68"), self.id("3094")}:
            self.add(asset)
        bucket = self.answers[154]
        times = {i: datetime.fromisoformat(f"{t}Z") for i, t in zip(bucket["id"], bucket["fileCreatedAt"], strict=True)}
        times |= {self.id("97f9"): datetime(2008, 5, 30, tzinfo=UTC), self.id("6f36"): datetime(2020, 1, 2, tzinfo=UTC)}
        for asset, taken in times.items():
            if asset not in self.shapes:
                self.fake.add_asset(
                    f"{asset}.jpg", taken, local=(taken + timedelta(hours=2)).replace(tzinfo=None), id=asset
                )
        for month in UNSEEN:
            self.fake.add_asset(f"{month}.jpg", datetime.fromisoformat(f"{month}-15T12:00:00Z"))
        for asset in set(bucket["id"]) - set(self.exif):
            self.fake.change_asset(asset, exif=self.answers[62]["exifInfo"])
        self.fake.change_asset(self.id("bbca"), **fields_of(self.answers[47]))

    def make_tag(self, start: str, value: str = "made unseen") -> None:
        made = self.ask("PUT", "/tags", {"tags": [value]})
        self.replay.ids[self.id(start)] = made[0]["id"]

    def meet_people(self) -> None:
        for start, name in (("e3d9", "Eva"), ("4790", "")):
            self.replay.ids[self.id(start)] = self.ask("POST", "/people", {"name": name})["id"]
        for asset, person in (("bbca", "e3d9"), ("7601", "4790"), ("4120", "4790")):
            self.draw(asset, person)

    def draw(self, asset: str, person: str) -> None:
        box = {"imageWidth": 640, "imageHeight": 480, "x": 100, "y": 80, "width": 120, "height": 150}
        ids = {"assetId": self.id(asset), "personId": self.replay.mapped(self.id(person))}
        self.ask("POST", "/faces", ids | box)

    def last_photo(self) -> None:
        self.add("3094")
        self.fake.trash_asset(self.id("3094"))
        self.make_tag("5998")

    def ask(self, method: str, path: str, body: Any) -> Any:
        answer = self.replay.client.request(
            method, f"{self.fake.url}/api{path}", headers={"x-api-key": self.keys["<KEY_ALL>"]}, json=body
        )
        return answer.json() if answer.content else None


def is_ours(exchange: Exchange) -> bool:
    request = f"{exchange.method} {exchange.url}"
    return exchange.n not in PECULIAR and not any(re.match(pattern, request) for pattern in NOT_OURS)


def ignored(exchange: Exchange) -> set[str]:
    """Return fields that are not compared: regular expressions, made-up paths, and tags once unseen calls made some."""
    return {"pattern", "originalPath"} | ({"tags"} if exchange.n > 210 else set())


def test_the_fake_answers_as_the_real_server_did(shared):
    exchanges = read_exchanges(shared.parent / "contracts" / "immich-3.1.0-traffic.json")
    different, replayed = {}, 0
    with FakeImmich() as fake:
        fake.job_delay_s = 60
        scene = Scene(fake, exchanges)
        for exchange in exchanges:
            scene.acts.get(exchange.n, lambda: None)()
            if is_ours(exchange):
                answer = scene.replay.send(exchange)
                if problems := scene.replay.differences(exchange, answer, ignored(exchange)):
                    different[exchange.n, exchange.case] = problems
                replayed += 1
            fake.idle()
    assert different == {}
    assert replayed >= 350
