"""Public sources that a team has cloned or downloaded: told by their content, each read by a module of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hackmentor.data.sources import (
    atomic_tests,
    attack_bundle,
    capec,
    cloud_checks,
    cwe_file,
    detection_rules,
    sigma_rules,
    vulnerabilities,
)
from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.data.sources.user_files import list_user_files
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.links import LINK_OUTSIDE, list_outward_links

# What a folder of the user's own documents holds; a README beside cloned rules is none.
OWN_DOCUMENTS = (".md", ".txt", ".pdf", ".rst")
MAX_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class PathFormat:
    """A format of a public source: the suffixes of its files, how one is told, and the loader of named files."""

    suffixes: tuple[str, ...]
    recognises: Callable[[Path], bool]
    load: Callable[[str, Mapping[str, Path]], Catalogue]
    """Loads the files, by their names in the source called by its first argument."""


PATH_FORMATS: tuple[PathFormat, ...] = (
    PathFormat(attack_bundle.SUFFIXES, attack_bundle.recognises, attack_bundle.load_bundles),
    PathFormat(vulnerabilities.SUFFIXES, vulnerabilities.recognises, vulnerabilities.load_vulnerabilities),
    PathFormat(sigma_rules.SUFFIXES, sigma_rules.recognises, sigma_rules.load_sigma_rules),
    PathFormat(atomic_tests.SUFFIXES, atomic_tests.recognises, atomic_tests.load_atomic_tests),
    PathFormat(capec.SUFFIXES, capec.recognises, capec.load_capec),
    PathFormat(cwe_file.SUFFIXES, cwe_file.recognises, cwe_file.load_cwe_files),
    PathFormat(cloud_checks.SUFFIXES, cloud_checks.recognises, cloud_checks.load_cloud_checks),
    PathFormat(detection_rules.SUFFIXES, detection_rules.recognises, detection_rules.load_detection_rules),
)


def load_path_catalogue(path: Path) -> Catalogue | None:
    """The catalogue in a file or folder of a known public format; None where it is none.

    In a folder the files of that format must outnumber documents. Raises UserError where nothing in it can be used.
    """
    files = list_user_files(path)
    documents = sum(name.lower().endswith(OWN_DOCUMENTS) for name in files)
    for known in PATH_FORMATS:
        fitting = {name: file for name, file in files.items() if name.lower().endswith(known.suffixes)}
        if len(fitting) > documents and _is_any_recognised(known, fitting.values()):
            catalogue = known.load(path.resolve().name, fitting)
            if links := list_outward_links(path):
                catalogue = replace(catalogue, left_out={**catalogue.left_out, LINK_OUTSIDE: links})
            if not catalogue.entries:
                reasons = "; ".join(f"{reason} ({len(ids)})" for reason, ids in sorted(catalogue.left_out.items()))
                raise UserError(f"{path}: nothing in it can be used: {reasons or 'it is empty'}")
            return catalogue
    return None


def _is_any_recognised(known: PathFormat, files: Iterable[Path]) -> bool:
    return any(known.recognises(file) for file, _ in zip(files, range(MAX_LOOKED_AT), strict=False))
