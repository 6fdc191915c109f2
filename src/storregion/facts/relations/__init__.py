"""What must hold between numbers of the facts, by theme; `storregion check` asks about what does not."""

from storregion.facts.relations import energy, people, places, work

RELATIONS = (*people.RELATIONS, *work.RELATIONS, *energy.RELATIONS, *places.RELATIONS)
"""Every relation."""
