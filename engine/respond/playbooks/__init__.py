"""Playbooks: what is done about a finding, an alert, an incident or a prediction, step by step, and by whose leave.

A playbook is a YAML file (`document`), its trigger an expression (`terms`), its parameters templates (`templates`). A
run is a journal (`data.records.run`): every step is written down before it is carried out. Runs live in the partition
(`runs`), so that a replay and a recovery repeat them; what leaves the engine is an intent that a runner at the rim
(`engine.respond.runner`) carries out behind the commit.
"""
