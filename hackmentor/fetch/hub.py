"""Downloads from the Hugging Face hub: a pinned revision, safetensors only."""

from __future__ import annotations

from pathlib import Path

from hackmentor.pretrained.locate import HUB_FILES, describe_missing_files, is_hub_offline
from hackmentor.runtime.errors import UserError

_HUB_TIMEOUT_SECONDS = 10  # for the first response


def download_from_hub(hub_id: str, revision: str) -> Path:
    """Downloads a pinned revision into the hub cache and returns its folder. Pickles are not downloaded.

    Raises:
        UserError: if the hub can't be reached, refuses, or has no safetensors for this revision.
    """
    from huggingface_hub import snapshot_download

    if is_hub_offline():
        raise UserError(f"HF_HUB_OFFLINE is set, so {hub_id} can't be downloaded; unset it or copy the folder by hand")
    if not any(name.endswith(".safetensors") for name in _list_files(hub_id, revision)):
        raise UserError(
            f"{hub_id} at {revision[:12]} has its weights as pickles only, which are not downloaded; "
            "convert them to safetensors and name the folder with base.path=FOLDER"
        )
    folder = Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(HUB_FILES)))
    if (missing := describe_missing_files(folder)) is not None:
        raise UserError(f"{hub_id} at {revision[:12]}: {missing}")
    return folder


def _list_files(hub_id: str, revision: str) -> list[str]:
    """Lists the files of a revision. Checked first, as a download retries for most of a minute before it fails."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        info = HfApi().model_info(hub_id, revision=revision, timeout=_HUB_TIMEOUT_SECONDS)
    except GatedRepoError as error:
        raise UserError(f"{hub_id} is gated: accept its licence on the hub, then set HF_TOKEN") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise UserError(
            f"the hub has no {hub_id} at {revision[:12]}, or not for you: check base.checkpoints and HF_TOKEN"
        ) from error
    except (
        Exception
    ) as error:  # the hub client lets exceptions of its HTTP library through, and has changed that library before
        raise UserError(
            f"can't reach the hub for {hub_id}: {error}. Put the model into models/pretrained by hand, "
            "or name a folder with base.path=FOLDER"
        ) from error
    return [file.rfilename for file in info.siblings or []]
