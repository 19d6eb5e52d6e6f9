"""Send an export to the hub."""

from __future__ import annotations

from pathlib import Path

from hackmentor.runtime.errors import UserError


def push(folder: Path, repository: str, *, private: bool, message: str) -> str:
    """Uploads all files of a folder in one commit and returns the address of the repository.

    Raises:
        UserError: if the hub can't be reached or refuses; the export stays where it is.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        address = api.create_repo(repository, private=private, exist_ok=True)
        api.upload_folder(repo_id=repository, folder_path=folder, commit_message=message)
    except Exception as error:  # the hub's client passes on what its HTTP library raises, and has changed that library
        reason = str(error).strip().splitlines()
        raise UserError(
            f"export.push={repository}: could not be sent ({type(error).__name__}: {reason[0] if reason else ''}). "
            f"The export is whole in {folder}; the same command sends it again"
        ) from error
    return str(address)
