"""Texts of the settings that stand for something: checked as they come in, and said what is wrong with them."""

from __future__ import annotations

import re
from datetime import datetime

from cronsim import CronSim, CronSimError


def as_point(text: str) -> str:
    """Check a position written as "lat,lon" in degrees; empty stays empty."""
    if not text:
        return text
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError('write a position as "lat,lon" in degrees, such as "38.71,-9.14"') from error
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("a latitude is from -90 to 90 degrees, a longitude from -180 to 180")
    return text


def as_cron(text: str) -> str:
    """Check that a text is a time as cron writes it; empty stays empty."""
    try:
        if text:
            CronSim(text, datetime(2026, 1, 1))
    except CronSimError as error:
        raise ValueError(f'{text!r} is no time as cron writes it, such as "30 2 * * *"') from error
    return text


def as_cluster(text: str) -> str:
    """Check the address of a Dask cluster, or how many processes one on this machine has; empty stays empty."""
    if text and not re.fullmatch(r"local:[1-9]\d{0,2}|(tcp|tls|ws|wss|ucx)://\S+", text):
        raise ValueError('write the address of a Dask scheduler, such as "tcp://10.0.0.5:8786", or "local:2"')
    return text
