"""Tasks on a Ray cluster: machines that come and go, their files and their reports."""
