"""Dozaban: one set of posts, an English and a Persian edition."""

__version__ = "0.1.0"
