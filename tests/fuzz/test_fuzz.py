"""No damaged file kills a reader, hangs it, eats the memory, or makes it raise an error that it does not name."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from fuzz import fragile, seeds
from fuzz.reporting import findings_of, folder_of, fresh_seed, table, told
from fuzz.running import Chunk, chunks, run_all, run_chunk, shares
from fuzz.targets import TARGETS, Input, make_input, outcome_of

SEED = 1
A_FEW, MANY = 600, 100_000


@pytest.mark.parametrize("name", TARGETS)
def test_whole_files_are_read(name, tmp_path):
    """Or nothing would be learnt from damaging them."""
    target = TARGETS[name]
    for kind in target.kinds:
        for file, data in seeds.KINDS[kind]().items():
            assert outcome_of(target, Input(file, data, tmp_path)), file


def test_a_few_hundred_damaged_files():
    tallies = run_all(chunks(shares(A_FEW), SEED), folder_of(SEED))
    assert not findings_of(tallies), told(tallies)
    assert sum(tally.inputs for tally in tallies.values()) == A_FEW
    for name, tally in tallies.items():
        assert 0 < tally.used < tally.inputs, f"{name}: damage of which nothing, or everything, is read"


@pytest.mark.soak
def test_a_hundred_thousand_damaged_files(capsys):
    seed = fresh_seed()
    with capsys.disabled():
        print(f"\nfuzz: seed {seed}; ALBUMEN_FUZZ_SEED={seed} make soak TESTS=tests/fuzz repeats it", flush=True)  # noqa: T201
    tallies = run_all(chunks(shares(MANY), seed), folder_of(seed))
    with capsys.disabled():
        print(table(tallies), flush=True)  # noqa: T201
    assert not findings_of(tallies), told(tallies)
    assert sum(tally.inputs for tally in tallies.values()) == MANY


def test_the_same_seed_and_number_are_the_same_input(tmp_path):
    for name, target in TARGETS.items():
        made = [make_input(target, name, SEED, index, tmp_path).data for index in range(20)]
        assert [make_input(target, name, SEED, index, tmp_path).data for index in range(20)] == made
        assert [make_input(target, name, SEED + 1, index, tmp_path).data for index in range(20)] != made


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("dies", f"died of {signal.SIGABRT.name}; alone", id="a decoder that takes the process with it"),
        pytest.param("hangs", "no answer for 2 s; alone", id="a decoder that never comes back"),
        pytest.param("eats", "MemoryError", id="more memory than a small machine has"),
        pytest.param("raises", "KeyError", id="an error that it does not name"),
        pytest.param("raises_what_it_names", None, id="an error that it names"),
    ],
)
def test_every_bad_input_is_found_and_kept(name, error, tmp_path):
    full, target = f"fuzz.fragile:{name}", fragile.TARGETS[name]
    count = 4 if name == "hangs" else 20
    inputs = [make_input(target, full, SEED, index, tmp_path) for index in range(count)]
    marked = [index for index, given in enumerate(inputs) if fragile.is_marked(given)] if error else []
    assert bool(marked) is bool(error)
    tally = run_chunk(Chunk(full, SEED, 0, count), tmp_path / "out", stall_s=2.0)
    found = tally.findings
    assert [(finding.index, finding.error) for finding in found] == [(index, error) for index in marked]
    assert [finding.file.read_bytes() for finding in found] == [inputs[index].data for index in marked]
    assert (tally.inputs, tally.used) == (count, count - len(marked) if error else tally.used)


def test_inputs_that_do_harm_only_together_are_narrowed_down(tmp_path):
    tally = run_chunk(Chunk("fuzz.fragile:dies_later", SEED, 0, fragile.NTH + 1), tmp_path)
    assert [(finding.index, finding.error) for finding in tally.findings] == [
        (fragile.NTH, "died of SIGABRT; after the inputs from 0 on")
    ]


def test_a_finding_says_how_to_see_it_again(tmp_path):
    tally = run_chunk(Chunk("fuzz.fragile:raises", SEED, 0, 20), tmp_path)
    finding = tally.findings[0]
    for part in (str(finding.file), f"--seed {SEED} --index {finding.index}", "KeyError: 'no'"):
        assert part in str(finding)
    assert Path(finding.file).parent == tmp_path
