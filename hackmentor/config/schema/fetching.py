"""What `hackmentor fetch` leaves beside the weights."""

from __future__ import annotations

from hackmentor.config.schema.section import Section


class FetchSettings(Section):
    """What `hackmentor fetch` leaves beside the weights."""

    write_yaml: bool
    """Write each base into --config-dir as base/NAME.yaml, to keep and edit: commit, sizes, licence, LoRA targets."""
