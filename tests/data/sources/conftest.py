from pathlib import Path

import pytest

from hackmentor.data.sources.catalogue import Catalogue
from hackmentor.data.sources.documents import load_documents
from tests.data.sources.corpus import write_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("documents") / "corpus")


@pytest.fixture(scope="session")
def documents(corpus: Path) -> Catalogue:
    return load_documents(corpus, licence="internal")
