"""Secrets that Albumen makes for itself: a password of Prefect's server, the token of the review page, of webhooks."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Final

from filelock import FileLock

from plugins.atomic import private_folder, write_atomically

_NAME: Final = re.compile(r"[a-z0-9_-]{1,100}")
SHORTEST: Final = 16
"""Characters of a secret that may be used; ours have 43."""


class SecretUnusable(Exception):
    """A secret can be neither read nor made: mend the file that the text names."""


def own_secret(data_dir: Path, name: str) -> str:
    """Return a secret of this installation, made by chance when it is first asked for and kept for this user alone.

    Whoever wants another one deletes its file, or writes one of at least 16 characters into it.

    Args:
        data_dir: the data folder; the file is `secrets/NAME` in it, mode 0600.
        name: lower-case letters, digits, `-` and `_`, such as `review` or `hook-family`.

    Raises:
        SecretUnusable: the file cannot be read or made, or holds too short a secret.
    """
    file = secret_file(data_dir, name)
    try:
        private_folder(file.parent)
        if not file.exists():
            _make(file, data_dir / "locks" / "secrets.lock")
        found = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnusable(f"the secret {file} can be neither read nor made: {error}") from error
    if len(found) < SHORTEST:
        raise SecretUnusable(f"the secret {file} is shorter than {SHORTEST} characters: delete it for a new one")
    return found


def _make(file: Path, lock: Path) -> None:
    """Make a secret, unless another process was first: all of them have to know the same one."""
    private_folder(lock.parent)
    with FileLock(lock, mode=0o600, fallback_to_soft=False):
        if not file.exists():
            write_atomically(file, secrets.token_urlsafe(32).encode())
            file.chmod(0o600)


def secret_file(data_dir: Path, name: str) -> Path:
    """Return where a secret of ours lies."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a secret")
    return data_dir / "secrets" / name
