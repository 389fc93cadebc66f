"""New problems: drawn, and kept where every mistake in them shows."""
