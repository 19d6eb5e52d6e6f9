"""The memory of a search: its trials in a file that the next command goes on from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from hackmentor.cell.fingerprint import differences
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution


def opened_study(file: Path, *, seed: int, startup_trials: int, asked: dict[str, Any]) -> Study:
    """The study in a file, or a new one there: the lowest value wins, sampled by TPE (Bergstra et al. 2011).

    What an earlier command left unfinished comes first.

    Args:
        file: one line of JSON a change; can be shared by machines.
        seed: of the sampler, with the number of trials so far: a command that goes on draws no value again.
        startup_trials: drawn at random at first.
        asked: what the search is over, and the settings that all its trials share.

    Raises:
        UserError: if the study was begun with another `asked`, naming what differs.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(logging.WARNING)
    file.parent.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(file)))
    study = optuna.create_study(storage=storage, study_name="search", direction="minimize", load_if_exists=True)
    begun = study.user_attrs.get("asked")
    if begun is None:
        study.set_user_attr("asked", asked)
    elif begun != asked:
        raise UserError(
            f"{file} holds a search with other settings ({differences(begun, asked)}); give this one another "
            "experiment=NAME, or remove that file"
        )
    trials_so_far = len(study.get_trials(deepcopy=False))
    study.sampler = optuna.samplers.TPESampler(seed=seed + trials_so_far, n_startup_trials=startup_trials)
    _continued(study)
    return study


def completed(study: Study) -> int:
    """How many trials are done."""
    from optuna.trial import TrialState

    return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))


def _continued(study: Study) -> None:
    """Puts the values of each trial that was cut off in front of the queue.

    One that failed would as a rule fail again: others are drawn instead of it.
    """
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params)


def space(overrides: Sequence[Override]) -> dict[str, BaseDistribution]:
    """The distribution of each key that is searched over."""
    return {one.get_key_element(): _distribution(one) for one in overrides if one.is_sweep_override()}


def _distribution(override: Override) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        assert sweep.start is not None
        assert sweep.end is not None
        log = "log" in sweep.tags
        if isinstance(sweep.start, int) and isinstance(sweep.end, int):
            return IntDistribution(sweep.start, sweep.end, log=log)
        return FloatDistribution(sweep.start, sweep.end, log=log)
    if isinstance(sweep, RangeSweep) and all(isinstance(n, int) for n in (sweep.start, sweep.stop, sweep.step)):
        values = list(map(int, override.sweep_string_iterator()))
        return IntDistribution(values[0], values[-1], step=int(sweep.step))
    assert isinstance(sweep, RangeSweep | ChoiceSweep)
    return CategoricalDistribution(list(override.sweep_string_iterator()))
