"""Where photos were taken when they do not say so, and what those places and the events there are called."""
