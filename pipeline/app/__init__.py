"""The use cases: where the stages meet disk, clock and processes.

Each module here is one kind of work: it reads through `files`, calls the stages, and
writes through `files`. None prints, and none parses arguments.
"""
