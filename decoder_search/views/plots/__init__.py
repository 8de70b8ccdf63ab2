"""Charts of a study: a file a kind, each on paper (matplotlib) and as a page (plotly), in one look."""
