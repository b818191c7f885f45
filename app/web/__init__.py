"""The pages of the review: what each shows, and what a form of it does. A module with a `router` is a part of it."""
