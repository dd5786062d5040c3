"""What follows from decisions: people and systems outside are told (`hub`), and playbooks act (`playbooks`).

What is decided is pure and lies in the partition; what leaves the engine is a row first, written with the decision,
and is carried out behind the commit by workers at the engine's rim (`hub.working`).
"""
