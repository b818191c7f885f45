"""The kinds of servers by name, for processes that are told one by its name."""

from __future__ import annotations

from fakes.served.immich import IMMICH
from fakes.served.photoprism import OLDER, PHOTOPRISM

KINDS = {kind.name: kind for kind in (IMMICH, PHOTOPRISM, OLDER)}
