"""From the configuration to what the pipeline is told."""

from typing import Any

from engine.partition import Settings


def settings_of(config: Any) -> Settings:
    """The pipeline's settings in `config`; defaults without one."""
    return Settings()
