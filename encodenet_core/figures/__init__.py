"""The paper's figures 2 to 5 of a finished run, a file a figure; `writing.py` draws them all."""
