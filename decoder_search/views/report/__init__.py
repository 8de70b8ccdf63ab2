"""A study as one page for people, which needs nothing beside itself."""
