"""Symbolic links that lead out of a folder that somebody else may have made."""

from __future__ import annotations

from pathlib import Path

from hackmentor.runtime.errors import UserError

# Why a file is left out, for counts.
LINK_OUTSIDE = "link to a file outside the folder"


def leads_out(file: Path, folder: Path) -> bool:
    """Whether a file below a folder is, by way of links, a file elsewhere.

    A snapshot in the cache of the hub consists of links into the blobs beside it: these stay inside.
    """
    try:
        target = file.resolve()
    except (OSError, RuntimeError):  # a link to itself (RuntimeError before Python 3.13): it is nowhere
        return True
    homes = [folder.resolve()]
    if homes[0].parent.name == "snapshots":
        homes.append(homes[0].parent.parent / "blobs")
    return not any(target.is_relative_to(home) for home in homes)


def list_outward_links(folder: Path) -> list[str]:
    """The links below a folder that lead out of it, by their names in it. A single file has none."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() and leads_out(path, folder)
    ]


def refuse_outward_links(folder: Path) -> None:
    """Refuses a folder in which a file or a folder lies elsewhere: it would be read, copied or sent with the others.

    Raises:
        UserError: naming the first.
    """
    for name in list_outward_links(folder):
        raise UserError(
            f"{folder / name}: a link to {(folder / name).readlink()}, out of {folder}. Nothing outside a folder is "
            "read because the folder says so; put the file itself there, or remove the link"
        )
