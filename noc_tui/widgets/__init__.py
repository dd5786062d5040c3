"""Parts of a screen that know no engine: they are handed lines, cells and numbers, and draw them cheaply."""
