"""What galleries on a server share: connections, answers and what each failure means, what is repeated, large files."""
