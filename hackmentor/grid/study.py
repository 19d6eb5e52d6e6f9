"""Optuna's study of a search: its trials are kept in a file, and the next command continues it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from hackmentor.cell.fingerprint import describe_differences
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution


def open_study(file: Path, *, seed: int, startup_trials: int, settings: dict[str, Any]) -> Study:
    """Opens the study in a file, or creates it there: values are minimised, sampled by TPE (Bergstra et al. 2011).

    Trials that an earlier command left unfinished come first.

    Args:
        file: Optuna's journal, one line of JSON per change; the caller holds a lock, so that no one else uses it.
        seed: of the sampler; the number of trials so far is added, so that a continued search draws new values.
        startup_trials: how many trials are drawn at random first.
        settings: the search space, and the settings that all its trials share.

    Raises:
        UserError: if the study was begun with other settings, naming what differs.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(logging.WARNING)
    file.parent.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(file)))
    study = optuna.create_study(storage=storage, study_name="search", direction="minimize", load_if_exists=True)
    known_settings = study.user_attrs.get("asked")
    if known_settings is None:
        study.set_user_attr("asked", settings)
    elif differences := describe_differences(known_settings, settings):
        raise UserError(
            f"{file} holds a search with other settings ({differences}); give this "
            "one another experiment_name=NAME, or remove that file"
        )
    trials_so_far = len(study.get_trials(deepcopy=False))
    study.sampler = optuna.samplers.TPESampler(seed=seed + trials_so_far, n_startup_trials=startup_trials)
    _enqueue_interrupted_trials(study)
    return study


def count_completed_trials(study: Study) -> int:
    """How many trials of a study are complete."""
    from optuna.trial import TrialState

    return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))


def _enqueue_interrupted_trials(study: Study) -> None:
    """Enqueues the values of each interrupted trial again.

    Those of a failed trial are not: it would usually fail again, and other values are drawn instead.
    """
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params)


def build_search_space(overrides: Sequence[Override]) -> dict[str, BaseDistribution]:
    """The distribution of each key that is searched over."""
    sweeps = [override for override in overrides if override.is_sweep_override()]
    return {override.get_key_element(): _build_distribution(override) for override in sweeps}


def _build_distribution(override: Override) -> BaseDistribution:
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
