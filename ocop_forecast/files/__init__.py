"""Any file in, whole files out: letters, cells, where a table stands, typed columns. Nothing of OCOP.

`reading.read` gives the typed table of a CSV or Excel file or every fault of it; its steps are `sheet`,
`layout`, `cells`, `excel` and `encoding`. `writing.whole` writes a file whole or not at all; `frames` keeps
tables as JSON; `code` tells which code this is.
"""
