"""People: who the faces are."""
