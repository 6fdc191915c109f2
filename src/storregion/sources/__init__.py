"""One file, one publisher: raw file in, table out, no judgement."""
