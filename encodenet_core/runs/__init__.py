"""A finished run as a folder: saved, opened, evaluated, asked about new images, explained."""
