"""A fact that an analyst may find out about an alert."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """What was found, how it is read, and the step that follows; all with slots for names, times and numbers."""

    text: str
    readings: tuple[str, ...]
    """Wordings of one reading."""
    steps: tuple[str, ...]
    """Wordings of one step, or steps of like effect."""
    is_cause: bool = False
    """Whether it explains the alert by itself: two explanations of one event would contradict each other."""
