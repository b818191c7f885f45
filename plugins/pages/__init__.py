"""Album pages and reports as HTML and markdown: records in, text out."""
