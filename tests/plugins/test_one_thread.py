"""Inside the block nothing uses a second thread; after it all is as before, also after an error."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from plugins.one_thread import one_thread


def threads() -> set[int]:
    """Return how many threads torch and the libraries of NumPy would use, one or several numbers."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return {torch.get_num_threads(), *(library["num_threads"] for library in threadpool_info())}


def test_one_thread_inside_and_as_before_after_it():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with threadpool_limits(2):
        outside = threads()
        with one_thread():
            assert threads() == {1}
        assert threads() == outside
        with pytest.raises(ValueError, match="broken"), one_thread():
            raise ValueError("broken")
        assert threads() == outside
    torch.set_num_threads(before)
