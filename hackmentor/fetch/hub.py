"""Weights from the model hub: a pinned revision, safetensors only."""

from __future__ import annotations

from pathlib import Path

from hackmentor.model.locate import HUB_FILES, lacks, offline
from hackmentor.runtime.errors import UserError

_PATIENCE = 10  # seconds to wait for the hub's first word


def fetch_hub(hub_id: str, revision: str) -> Path:
    """Downloads a pinned revision into the cache of the hub and returns its folder. Pickles are left where they are.

    Raises:
        UserError: if the hub can't be reached, refuses, or has no safetensors for this revision.
    """
    from huggingface_hub import snapshot_download

    if offline():
        raise UserError(f"HF_HUB_OFFLINE is set, so {hub_id} can't be downloaded; unset it or copy the folder by hand")
    if not any(name.endswith(".safetensors") for name in _listed(hub_id, revision)):
        raise UserError(
            f"{hub_id} at {revision[:12]} has its weights as pickles only, which are not loaded from the hub; "
            "convert them to safetensors and name the folder with base.path=FOLDER"
        )
    folder = Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(HUB_FILES)))
    if (missing := lacks(folder)) is not None:
        raise UserError(f"{hub_id} at {revision[:12]}: {missing}")
    return folder


def _listed(hub_id: str, revision: str) -> list[str]:
    """The files of a revision. Asked first, once, since a download tries for most of a minute before it gives up."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        info = HfApi().model_info(hub_id, revision=revision, timeout=_PATIENCE)
    except GatedRepoError as error:
        raise UserError(f"{hub_id} asks for its licence to be accepted on the hub, then for HF_TOKEN") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise UserError(
            f"the hub has no {hub_id} at {revision[:12]}, or not for you: check base.checkpoints and HF_TOKEN"
        ) from error
    except Exception as error:  # the hub's client passes on what its HTTP library raises, and has changed that library
        raise UserError(
            f"can't reach the hub for {hub_id}: {error}. Put the model into models/pretrained by hand, "
            "or name a folder with base.path=FOLDER"
        ) from error
    return [file.rfilename for file in info.siblings or []]
