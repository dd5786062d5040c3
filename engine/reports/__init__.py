"""Reports for people, as Markdown, made from what is stored."""
