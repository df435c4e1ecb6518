"""The office's tables: what each must hold, how its names are read, and one province put together of all.

`loading.read_province` reads a folder, `validation.check` tells its faults, `template` writes a workbook to
fill in. `schema` has the contracts. `names`, `gazetteer`, `reforms` and `units` place rows in their units.
`products` finds the decisions of one product, `certificates` their validity, `register` counts them by month;
`dossiers` follows those on their way. `province` holds all of it.
"""
