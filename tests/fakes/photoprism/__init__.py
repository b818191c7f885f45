"""A fake PhotoPrism on a real port, its state in memory, with the quirks that were measured, read or documented."""
