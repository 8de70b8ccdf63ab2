"""Search for the decoder, the clusters and the targets with which EncodeNet improves a classifier."""
