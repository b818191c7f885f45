"""Every figure that we claim, made again with one command; thin scripts over plugins."""
