"""One campaign from terms to record: the only place where all layers meet."""
