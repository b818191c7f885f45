"""Immich as a gallery, over its HTTP API."""
