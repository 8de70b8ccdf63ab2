"""Keras models as objects: `architectures` build them; here they are loaded, cut, copied, counted, run."""
