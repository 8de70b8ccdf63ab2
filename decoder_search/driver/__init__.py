"""The process that runs a study: prepare, ask, dispatch, judge, record, tell. It loads no Keras."""
