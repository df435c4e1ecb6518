"""Every word that a reader sees, in Vietnamese and in English, with numbers and dates in the reader's form.

`catalogue.label` gives the words for a key in the language that `catalogue.set_options` sets; `formats`
writes numbers, chances, days and months. `locale/` has a gettext file a language, to be edited in Poedit.
"""
