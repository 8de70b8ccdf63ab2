"""Experiments that compare setups of one config over several seeds: tables 1 to 3, and the clusterings."""
