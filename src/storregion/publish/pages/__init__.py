"""The pages of the portal: one module a kind of page. The portal finds them by what they define.

A module of this package may define any of:

`addresses(site)`
    the pages that it makes, by address below the language: `{"flows/50/": maker}`. A maker is a function of
    site and language that returns a `Page`.
`study(site, language)`
    what the page of a study shows beside the study's text, as a `StudyPart`. The module has the study's own
    stem: `pages/nodes.py` belongs to `studies/nodes.py`. The page of a study without one shows the study's
    tables as they are.
`place_sections(site, language, row)`
    the sections that it puts on the page of a place, as `Section`s; `row` is the place's in the table
    `places`, with its `kind`. No sections where it has nothing to say of the place.
`place_tiles(site, language, row)`
    the answers that it has for the first screen of a place's page, as `Tile`s.
`map_layers(site, language)`
    what it can show of every municipality on the start page's map, as `Layer`s.
`measured(site)`
    columns by which places can be compared, as `Measured`s, beside those of tables with one row a place and
    year, which the comparison finds by itself.

Nothing else names the modules, so a new one needs no edit elsewhere.
"""
