"""Screens: what fills the terminal. Digits choose among them."""
