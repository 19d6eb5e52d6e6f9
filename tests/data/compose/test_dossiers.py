"""What is told of a weakness in general: always what is at stake, and nothing that is so of any weakness."""

from hackmentor.data.compose import cwe_phrases, cwe_tasks
from hackmentor.data.compose.template import EntryIndex, TemplateSet
from hackmentor.data.sources import load_source
from hackmentor.data.sources.cwe_weakness import Weakness


def test_every_dossier_tells_a_definite_effect() -> None:
    catalogue = load_source("cwe")
    index = EntryIndex(catalogue.entries)
    records = list(TemplateSet(cwe_tasks.QUESTION_TEMPLATES).make_iio_records(index, catalogue.origin, seed=6))
    dossiers = [record for record in records if record.task == "cwe.dossier"]
    assert len(dossiers) > 250
    for record in dossiers:
        weakness = index.get(record.upstream_id, Weakness)
        assert weakness
        assert cwe_phrases.list_definite_impacts(weakness)[0] in record.output, record.id
    told = [record for record in records if record.task in ("cwe.dossier", "cwe.policy", "cwe.finding")]
    assert len(told) > len(dossiers) + 50
    described = {entry.upstream_id for entry in index.iter_kind(Weakness) if "an unexpected state" in entry.description}
    vague = {record.upstream_id for record in told if "an unexpected state" in record.output}
    assert vague <= described
