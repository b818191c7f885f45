"""Files of tag models: what is not whole, not ours, or says what cannot be is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save

from plugins.tags import Stock
from plugins.tags._model_file import read
from plugins.tags.cluster_frequency import ModelRefused, Plugin, unpacked

VECTORS = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
MODEL = Plugin(k=3).fit(Stock.of(VECTORS, [["a", "海滩"], ["b"]] * 6))
ARRAYS, WORDS, FACTS = read(MODEL.packed())


def file_of(arrays=None, words=None, facts=None, **changed):
    """Write a model's file with other contents, as anybody could."""
    text = json.dumps(list(WORDS) if words is None else words, ensure_ascii=False).encode()
    tensors = {**(ARRAYS if arrays is None else arrays), **changed, "words": np.frombuffer(text, dtype=np.uint8)}
    return bytes(save(tensors, {"albumen": json.dumps(FACTS if facts is None else facts)}))


def with_number(name, at, number):
    array = ARRAYS[name].copy()
    array.flat[at] = number
    return {name: array}


def test_what_was_packed_is_read_again():
    assert unpacked(file_of()).packed() == MODEL.packed()
    assert unpacked(MODEL.packed()).tags == MODEL.tags


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"garbage" * 100, id="garbage"),
        pytest.param(b"\x80\x04\x95" + bytes(50), id="a pickle"),
        pytest.param(MODEL.packed()[:-1], id="truncated at the end"),
        pytest.param(MODEL.packed()[:50], id="truncated in the header"),
        pytest.param(MODEL.packed() + b"x", id="longer than it says"),
        pytest.param((1 << 62).to_bytes(8, "little") + b"{}", id="a header of 4 million terabytes"),
        pytest.param(bytes(save({"centres": VECTORS})), id="tensors of others"),
        pytest.param(file_of(words={"a": 1}), id="words that are no list"),
        pytest.param(file_of(words=["a", "b", 3]), id="a word that is a number"),
        pytest.param(file_of(words=["a", "b", "b"]), id="a word twice"),
        pytest.param(file_of(words=["a", "b"]), id="fewer words than are counted"),
        pytest.param(file_of(facts=[1]), id="facts that are no table"),
        pytest.param(file_of(facts={**FACTS, "kind": "other"}), id="of another kind"),
        pytest.param(file_of(facts={**FACTS, "schema": 99}), id="of another version"),
        pytest.param(file_of(facts={**FACTS, "error": float("nan")}), id="an error that is no number"),
        pytest.param(file_of(facts={**FACTS, "n_tagged": -1}), id="fewer photos than none"),
        pytest.param(file_of(facts={**FACTS, "floor": "low"}), id="a floor in words"),
        pytest.param(file_of(facts={**FACTS, "n_fitted": True}), id="a yes for a number"),
        pytest.param(file_of(facts={**FACTS, "n_fitted": 10**400}), id="a number beyond all others"),
        pytest.param(file_of(facts={**FACTS, "voting": None}), id="no word on voting"),
        pytest.param(file_of(facts={**FACTS, "voting": {"nearest": 1}}), id="voting by halves"),
        pytest.param(file_of(facts={**FACTS, "voting": {**FACTS["voting"], "nearest": 0}}), id="nobody votes"),
        pytest.param(file_of(facts={**FACTS, "voting": {**FACTS["voting"], "softness": "x"}}), id="voting in words"),
        pytest.param(
            file_of(facts={**FACTS, "voting": {**FACTS["voting"], "softness": float("nan")}}), id="voting NaN"
        ),
        pytest.param(file_of(facts={**FACTS, "voting": {**FACTS["voting"], "nearest": 1.5}}), id="1.5 clusters vote"),
        pytest.param(file_of(**with_number("centres", 0, np.nan)), id="NaN in a centre"),
        pytest.param(file_of(**with_number("look", 0, np.inf)), id="infinity in the look"),
        pytest.param(file_of(**with_number("aged", 0, np.nan)), id="NaN in a count"),
        pytest.param(file_of(**with_number("posts", 0, 0)), id="a dead cluster"),
        pytest.param(file_of(**with_number("aged", 0, -1)), id="posts that weigh less than nothing"),
        pytest.param(file_of(**with_number("cluster", 0, -1)), id="a cluster before the first"),
        pytest.param(file_of(**with_number("cluster", -1, 3)), id="a cluster after the last"),
        pytest.param(file_of(**with_number("tag", -1, 1 << 60)), id="a tag far after the last"),
        pytest.param(file_of(**with_number("tag", 0, 2)), id="counts in no order"),
        pytest.param(file_of(**with_number("support", 0, 1_000)), id="a tag on more posts than there are"),
        pytest.param(file_of(**with_number("share", 0, 1_000)), id="a tag with more than its share"),
        pytest.param(file_of(**with_number("refused", 0, -1)), id="refusals less than nothing"),
        pytest.param(file_of(support=ARRAYS["support"][:-1]), id="counts that are not whole"),
        pytest.param(file_of(posts=ARRAYS["posts"][:-1]), id="fewer clusters than centres"),
        pytest.param(file_of(centres=ARRAYS["centres"].ravel()), id="centres that are no vectors"),
        pytest.param(file_of(centres=ARRAYS["centres"].astype(np.float64)), id="centres of another type"),
        pytest.param(file_of(look=ARRAYS["look"][:-1]), id="a look of other vectors"),
        pytest.param(file_of(means=ARRAYS["means"][:-1]), id="fewer means than centres"),
        pytest.param(file_of(arrays={k: v for k, v in ARRAYS.items() if k != "tag"}), id="no tags counted"),
        pytest.param(file_of(more=ARRAYS["tag"]), id="an array that nobody knows"),
    ],
)
def test_what_cannot_be_is_refused(data):
    with pytest.raises(ModelRefused, match="train anew"):
        unpacked(data)


def test_a_model_for_vectors_of_another_length_is_refused():
    with pytest.raises(ModelRefused, match="4 numbers"):
        unpacked(MODEL.packed(), dim=512)
    assert unpacked(MODEL.packed(), dim=4).tags == MODEL.tags


def test_any_flipped_byte_is_refused_or_gives_words():
    data = MODEL.packed()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(data), 300):
        changed = bytearray(data)
        changed[at] ^= 1 << int(rng.integers(8))
        try:
            model = unpacked(bytes(changed))
        except ModelRefused:
            continue
        assert all(word.tag in model.tags for row in model.recommend(VECTORS) for word in row)
