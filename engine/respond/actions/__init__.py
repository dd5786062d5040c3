"""What a step of a playbook can do. `specs` says which actions there are and what they are given; `inside` carries out
those that only change the engine's own state, in the partition; the others leave the engine by the runner."""
