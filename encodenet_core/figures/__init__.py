"""The paper's figures 2 to 5 of a finished run, clusters and explanations as pictures, the look of charts."""
