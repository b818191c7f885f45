"""From the methods' answers to the gallery and back: wanted, plan, apply, undo."""
