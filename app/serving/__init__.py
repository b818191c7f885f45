"""The parts of `albumen serve`: a thin supervisor, and what it starts."""
