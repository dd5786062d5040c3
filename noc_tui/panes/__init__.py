"""Panes: each shows one view of the engine. Rows come from pure functions of a page, testable without a screen."""
