"""What galleries on a server share: how they open, what they note, how albums and people are written."""
