"""Detectors: they see events in order, keep statistics, and report anomalies and conditions. They know nothing of
alerts, clusters or incidents, so that their state can be rebuilt from the journal alone."""
