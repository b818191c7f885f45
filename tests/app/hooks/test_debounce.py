"""When uploads get a run: by example, and over any stream of uploads, failures and kills."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hooks.debounce import Ask, Debounce, Look, Pace, Running, Span, Start

PACE = Pace(quiet_s=90, longest_s=420)
SLACK_S = 1.0


class Killed(BaseException):
    """The process is gone: nothing after this line was done."""


@dataclass
class Upload:
    """One arrival: when it came, the run it was given to, and whether one that began after it has ended well."""

    came_at: float
    order: int
    key: str = ""
    given_at: float = math.inf
    is_in: bool = False


@dataclass
class Made:
    """A run of Prefect's: where it is in its life, and how it will end."""

    state: str = "not begun"
    made_at: float = 0.0
    begun_at: float = math.inf
    ends: str = "done"


@dataclass
class World:
    """The disk, Prefect's server and one process after another, played on a clock of the test's own.

    A worker begins a run some time after it was made, and ends it some time after that.
    """

    begins_s: float
    lasts_s: float
    endings: list[str]
    now: float = 0.0
    uploads: list[Upload] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Made] = field(default_factory=dict)
    is_up: bool = True
    loses_answers: bool = False
    dies_in: int = -1
    starts: int = 0
    put_backs: int = 0
    rules: Debounce = field(default_factory=lambda: Debounce(PACE))

    def advance(self, to: float) -> None:
        """Let time go by, in which the process does all that falls due."""
        while (at := max(self.now, self.rules.next_at())) <= to:
            self.now = at
            self._live()
            decision = self.rules.decide(self.now)
            if decision:
                self._do(decision)
        self.now = to
        self._live()

    def upload(self, n: int = 1) -> None:
        for _ in range(n):
            self.uploads.append(Upload(self.now, len(self.uploads)))
            self.rules.came(self.now)

    def kill(self, away_s: float) -> None:
        """Lose all that is only in memory, and begin again some time later from what is on the disk."""
        self.now += away_s
        self._live()
        waits = [upload.came_at for upload in self.uploads if not upload.is_in and not upload.key]
        waiting = Span(min(waits), max(waits)) if waits else None
        self.rules = Debounce(PACE, waiting, [Running(key, run) for key, run in self.asked.items()])

    def _live(self) -> None:
        for run in self.runs.values():
            if run.state == "not begun" and self.now >= run.made_at + self.begins_s:
                run.state, run.begun_at = "begun", run.made_at + self.begins_s
            if run.state == "begun" and self.now >= run.begun_at + self.lasts_s:
                run.state = run.ends

    def _point(self) -> None:
        """Die here, if it is time."""
        self.dies_in -= 1
        if self.dies_in == 0:
            raise Killed

    def _do(self, decision: Start | Ask | Look) -> None:
        try:
            self._point()
            match decision:
                case Start():
                    self._start()
                case Ask():
                    self._ask(decision.key)
                case Look():
                    self._look(decision)
        except ConnectionError:
            self.rules.missed(self.now)

    def _start(self) -> None:
        key = f"key {self.starts}"
        if not self._give(key, len(self.uploads)):
            self.rules.nothing()
            return
        self.starts += 1
        self.asked[key] = ""
        self._point()
        self.rules.started(key)

    def _give(self, key: str, mark: int) -> int:
        given = [u for u in self.uploads if not u.is_in and not u.key and u.order < mark]
        for upload in given:
            upload.key, upload.given_at = key, min(upload.given_at, self.now)
        return len(given)

    def _reach(self) -> None:
        if not self.is_up:
            raise ConnectionError

    def _ask(self, key: str) -> None:
        self._reach()
        if key not in self.runs:
            ends = self.endings.pop() if self.endings else "done"
            self.runs[key] = Made(made_at=self.now, ends=ends)
        if self.loses_answers:
            raise ConnectionError
        self._point()
        self.asked[key] = f"run of {key}"
        self.rules.answered(key, self.asked[key], self.now)

    def _look(self, look: Look) -> None:
        mark = len(self.uploads)
        self._reach()
        run = self.runs[look.key]
        verdict = self.rules.saw(look.key, run.state, self.now)  # type: ignore[arg-type]
        self._point()
        match verdict:
            case "join":
                self._give(look.key, mark)
            case "settle":
                self._settle(look.key, run)
            case "put back":
                self._put_back(look.key)

    def _settle(self, key: str, run: Made) -> None:
        del self.asked[key]
        for upload in self.uploads:
            if upload.key == key:
                assert upload.came_at <= run.begun_at, "an upload was taken for done by a run that began before it came"
                upload.is_in, upload.key = True, ""

    def _put_back(self, key: str) -> None:
        self.put_backs += 1
        del self.asked[key]
        for upload in self.uploads:
            upload.key = "" if upload.key == key else upload.key


STEPS = st.one_of(
    st.tuples(st.just("upload"), st.integers(1, 50)),
    st.tuples(st.just("upload"), st.just(1)),
    st.tuples(st.just("upload"), st.just(2)),
    st.tuples(st.just("kill"), st.floats(0, 600)),
    st.tuples(st.just("die at a step"), st.integers(1, 6)),
    st.tuples(st.just("down"), st.just(0)),
    st.tuples(st.just("up"), st.just(0)),
    st.tuples(st.just("lose answers"), st.booleans()),
)
GAPS = st.one_of(st.sampled_from([0.0, 1.0, 89.0, 91.0, 200.0, 430.0]), st.floats(0, 2_000))
ENDINGS = st.lists(st.sampled_from(["done", "failed", "cancelled"]), max_size=4)


def play(world: World, steps: list[tuple[float, tuple[str, float]]], kills: list[float]) -> list[tuple[float, float]]:
    """Play the steps; return the times in which Prefect, or the process, was not there."""
    gone: list[tuple[float, float]] = []
    for gap, (what, amount) in steps:
        began = world.now
        try:
            world.advance(world.now + gap)
        except Killed:
            kills.append(world.now)
            world.kill(0.0)
        if not world.is_up or world.loses_answers:
            gone.append((began, world.now))
        match what:
            case "upload":
                world.upload(int(amount))
            case "kill":
                gone.append((world.now, world.now + amount))
                kills.append(world.now)
                world.kill(amount)
            case "die at a step":
                world.dies_in = int(amount)
            case "lose answers":
                world.loses_answers = bool(amount)
            case _:
                world.is_up = what == "up"
    return gone


@settings(deadline=None)
@given(
    st.lists(st.tuples(GAPS, STEPS), max_size=40),
    st.sampled_from([0.5, 20.0, 700.0]),
    st.sampled_from([1.0, 60.0, 900.0]),
    ENDINGS,
)
def test_every_upload_is_in_a_run_that_began_after_it_and_runs_are_few(steps, begins_s, lasts_s, endings):
    world = World(begins_s, lasts_s, list(endings))
    kills: list[float] = []
    gone = play(world, steps, kills)
    played_s = world.now
    world.is_up, world.loses_answers, world.dies_in = True, False, -1
    world.advance(world.now + 40_000)  # four runs that do not end well, each asked for again after an hour at most
    assert all(upload.is_in for upload in world.uploads)
    assert world.rules.is_idle
    assert world.starts <= 2 + len(kills) + world.put_backs + played_s / PACE.quiet_s
    for upload in world.uploads:
        until = upload.came_at + PACE.longest_s
        # An outage puts the next try off by a minute at most.
        if not any(start <= until and end + 60 >= upload.came_at for start, end in gone):
            assert upload.given_at <= until + SLACK_S


def run_stream(times: list[float], **world) -> World:
    played = World(**{"begins_s": 5.0, "lasts_s": 30.0, "endings": [], **world})
    for at in times:
        played.advance(at)
        played.upload()
    played.advance(times[-1] + 20_000)
    return played


@pytest.mark.parametrize(
    ("times", "starts"),
    [
        pytest.param([0.0], 1, id="one photo"),
        pytest.param([0.24 * n for n in range(500)], 1, id="500 uploads in two minutes"),
        pytest.param([60.0 * n for n in range(60)], 9, id="one a minute for an hour: each waits seven at most"),
        pytest.param([0.0, 1_000.0], 2, id="two photos far apart"),
    ],
)
def test_runs_are_few(times, starts):
    world = run_stream(times)
    assert world.starts == starts
    assert all(upload.is_in for upload in world.uploads)


def test_an_upload_gets_a_run_within_three_minutes_of_the_last_one_and_ten_of_its_own():
    world = run_stream([float(n) for n in range(1_500)])
    for upload in world.uploads:
        assert upload.given_at <= upload.came_at + 10 * 60
        assert upload.given_at <= world.uploads[-1].came_at + 3 * 60


@pytest.mark.parametrize(
    ("endings", "starts"),
    [
        pytest.param(["failed"], 2, id="failed or crashed"),
        pytest.param(["cancelled"], 2, id="cancelled by somebody"),
        pytest.param(["failed"] * 3, 4, id="failed again and again"),
    ],
)
def test_what_a_run_did_not_finish_gets_another(endings, starts):
    world = run_stream([0.0], endings=endings)
    assert world.starts == starts
    assert world.uploads[0].is_in


def test_a_run_that_never_ends_is_not_waited_for_for_ever():
    world = run_stream([0.0], lasts_s=math.inf)
    world.lasts_s = 1.0
    world.advance(world.now + PACE.lost_s)
    assert world.uploads[0].is_in


@pytest.mark.parametrize(
    ("seen", "bound_s"),
    [
        pytest.param("starting", PACE.stuck_s, id="its worker was killed before it began"),
        pytest.param("begun", PACE.lost_s, id="its process is gone, and nobody has noticed"),
    ],
)
def test_what_was_given_to_a_run_that_is_stuck_gets_another(seen, bound_s):
    rules = Debounce(PACE, running=[Running("key", "run")])
    verdicts = [rules.saw("key", seen, now) for now in (0.0, bound_s, bound_s + 1)]
    assert verdicts == ["keep", "keep", "put back"]
    assert isinstance(rules.decide(bound_s + 1 + PACE.again_s[0]), Start)


def test_a_run_that_waits_for_its_turn_is_never_stuck():
    rules = Debounce(PACE, running=[Running("key", "run")])
    assert {rules.saw("key", "not begun", 1e6 * n) for n in range(9)} == {"keep"}


def test_a_run_that_is_starting_takes_what_comes():
    rules = Debounce(PACE, running=[Running("key", "run")])
    assert rules.saw("key", "starting", 0.0) == "keep"
    rules.came(1.0)
    assert rules.decide(1.0 + PACE.quiet_s) == Look("key", "run", joining=True)
    assert rules.saw("key", "starting", 1.0 + PACE.quiet_s) == "join"


def test_while_the_library_is_busy_what_came_waits_and_runs_are_looked_at_all_the_same():
    rules = Debounce(PACE, Span(0.0, 0.0), [Running("key", "run")])
    rules.saw("key", "begun", 0.0)
    for now in (PACE.quiet_s, PACE.quiet_s + PACE.look_s, PACE.quiet_s + 2 * PACE.look_s):
        assert rules.decide(now) == Start()
        rules.busy(now)
        assert rules.decide(now) == Look("key", "run")
        rules.saw("key", "begun", now)
        assert rules.decide(now) is None
    assert rules.next_at() == PACE.quiet_s + 3 * PACE.look_s


def test_no_second_run_is_asked_for_while_the_first_has_not_begun():
    world = World(begins_s=10_000.0, lasts_s=1.0, endings=[])
    for _ in range(20):
        world.upload()
        world.advance(world.now + 300)
    world.advance(30_000)
    assert world.starts == 1
    assert all(upload.is_in for upload in world.uploads)


def test_what_comes_while_a_run_is_at_work_gets_the_next_one_within_its_bound():
    world = World(begins_s=1.0, lasts_s=5_000.0, endings=[])
    world.upload()
    world.advance(200)
    world.upload()
    world.advance(200 + PACE.quiet_s + SLACK_S)
    assert world.starts == 2


def test_what_came_after_a_run_began_is_not_given_to_it_by_a_new_process_either():
    world = World(begins_s=1.0, lasts_s=900.0, endings=[])
    world.upload()
    world.advance(200)
    world.upload()
    world.kill(away_s=100)
    world.advance(5_000)
    assert world.starts == 2
    assert all(upload.is_in for upload in world.uploads)


def test_what_was_to_join_a_run_is_kept_while_prefect_is_down():
    world = World(begins_s=5_000.0, lasts_s=1.0, endings=[])
    world.upload()
    world.advance(200)
    world.upload()
    world.is_up = False
    world.advance(1_000)
    world.is_up = True
    world.advance(10_000)
    assert world.starts == 1
    assert all(upload.is_in for upload in world.uploads)


def test_many_uploads_while_prefect_is_down_make_one_or_two_runs():
    world = World(begins_s=5.0, lasts_s=5.0, endings=[], is_up=False)
    for _ in range(100):
        world.upload(100)
        world.advance(world.now + 60)
    assert not world.runs
    world.is_up = True
    world.advance(world.now + 1_000)
    assert 1 <= len(world.runs) <= 2
    assert all(upload.is_in for upload in world.uploads)
