"""The flows of Albumen: each reads as the table of contents of what it does."""
