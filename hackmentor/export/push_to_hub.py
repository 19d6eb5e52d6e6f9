"""Uploads an export to the hub."""

from __future__ import annotations

from pathlib import Path

from hackmentor.runtime.errors import UserError


def push_to_hub(folder: Path, repo_id: str, *, private: bool, message: str) -> str:
    """Uploads all files of a folder in one commit and returns the URL of the repository.

    Raises:
        UserError: if the hub can't be reached or refuses; the local export is kept.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        url = api.create_repo(repo_id, private=private, exist_ok=True)
        api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message=message)
    except Exception as error:  # the hub's client passes on what its HTTP library raises, and has changed that library
        reason = str(error).strip().splitlines()
        raise UserError(
            f"export.push={repo_id}: could not be sent ({type(error).__name__}: {reason[0] if reason else ''}). "
            f"The export in {folder} is complete; run the same command to send it again"
        ) from error
    return str(url)
