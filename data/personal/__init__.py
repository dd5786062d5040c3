"""What is personal: who a person is in what is stored, everything that names them, and how that is taken out.

`who` gathers what a person was ever called, `needles` finds it in texts, `rewriting` takes it out of values of any
depth, `journal` out of events, `erasing` out of all tables in one transaction; `fields` blanks what is too old.
"""
