"""What every fake gallery needs to be a server: HTTP on a real port, routes, faults, contracts, drawn pictures."""
