"""The office's tables: what each must hold, how its names are read, and one province put together of all.

`loading.read_province` reads a folder, `validation.check` says what is wrong in it. `schema` has the
contracts; `names`, `gazetteer` and `units` say to which unit a row belongs, `products` which decisions are of
one product.
"""
