"""Reach at scale: what tens of thousands of origins reach by timetable, in parts that survive being killed.

`running.run` is the whole of it. An origin is a point from which one walks to stops; what it reaches is added
up at once, so that a table of every cell to every other is never made. Inputs are gathered in `inputs`, their
network kept in `networks`, worked out in `job`, spread over threads or a cluster in `engines`, and kept part
by part in `parts`.
"""
