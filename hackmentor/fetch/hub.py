"""Weights from the model hub: a pinned revision, safetensors only."""

from __future__ import annotations

from pathlib import Path

from hackmentor.errors import UserError
from hackmentor.model.locate import HUB_FILES, lacks, offline


def fetch_hub(hub_id: str, revision: str) -> Path:
    """Downloads a pinned revision into the cache of the hub and returns its folder. Pickles are left where they are.

    Raises:
        UserError: if the hub can't be reached, refuses, or has no safetensors for this revision.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    if offline():
        raise UserError(f"HF_HUB_OFFLINE is set, so {hub_id} can't be downloaded; unset it or copy the folder by hand")
    try:
        folder = Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(HUB_FILES)))
    except GatedRepoError as error:
        raise UserError(f"{hub_id} asks for its licence to be accepted on the hub, then for HF_TOKEN") from error
    except RepositoryNotFoundError as error:
        raise UserError(f"the hub has no {hub_id}, or not for you: check base.checkpoints and HF_TOKEN") from error
    except (HfHubHTTPError, OSError) as error:
        raise UserError(f"can't reach the hub for {hub_id}: {str(error).splitlines()[0]}") from error
    if (missing := lacks(folder)) is not None:
        raise UserError(f"{hub_id} at {revision[:12]}: {missing}; convert it to safetensors and use base.path=FOLDER")
    return folder
