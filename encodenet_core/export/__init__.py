"""A finished run as a file that runs elsewhere: written, compared with Keras, described, or refused."""
