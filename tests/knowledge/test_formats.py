"""Every format of terminologies, in synthetic files."""

import gzip
import os
from pathlib import Path

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.knowledge import base
from mnlu_instruct.knowledge.formats import KINDS, Concept
from tests.readers.helpers import file
from tests.support import REAL, needs_real_corpora

OBO = """format-version: 1.2

[Term]
id: X:1
name: dorrel fever ! common
alt_id: X:7
synonym: "fever of \\"dorrel\\"" EXACT []
synonym: "df" RELATED [Y:1]

[Term]
id: X:2
name: old
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""
MESH = """<?xml version="1.0"?>
<!DOCTYPE DescriptorRecordSet SYSTEM "none.dtd">
<DescriptorRecordSet><DescriptorRecord><DescriptorUI>D1</DescriptorUI><DescriptorName><String>no</String></DescriptorName>
<ConceptList><Concept><TermList><Term><String>Fever</String></Term><Term><String>Fevers</String></Term></TermList></Concept>
<Concept><TermList><Term><String>Pyrexia</String></Term></TermList></Concept></ConceptList></DescriptorRecord>
</DescriptorRecordSet>
"""
CTD = """# CTD
# Fields:
# DiseaseName\tDiseaseID\tAltDiseaseIDs\tDefinition\tSynonyms
#
Fever\tMESH:D1\tDO:DOID:1|OMIM:7\twarm\tPyrexia|Hot
Cold\tMESH:D2\t\t\t
"""


def rrf(concept: str, name: str, language: str = "ENG", suppressed: str = "N") -> str:
    cells = [concept, language, *[""] * 16]
    cells[14], cells[16] = name, suppressed
    return "|".join(cells) + "|\n"


EXAMPLES = {
    "medic": (
        "D1|7||Fever|Pyrexia\n\nD2||Cold\n",
        [Concept("D1", ("Fever", "Pyrexia"), ("7",)), Concept("D2", ("Cold",))],
    ),
    "tsv": ("D1\tFever\tPyrexia\n", [Concept("D1", ("Fever", "Pyrexia"))]),
    "ctd": (CTD, [Concept("D1", ("Fever", "Pyrexia", "Hot"), ("DO:DOID:1", "7")), Concept("D2", ("Cold",))]),
    "obo": (OBO, [Concept("X:1", ("dorrel fever", 'fever of "dorrel"', "df"), ("X:7",))]),
    "mesh": (MESH, [Concept("D1", ("Fever", "Fevers", "Pyrexia"))]),
    "umls": (
        rrf("C1", "Fever") + rrf("C1", "Fieber", "GER") + rrf("C1", "old", suppressed="O"),
        [Concept("C1", ("Fever",))],
    ),
    "biosyn": (
        "D1|7||fever\nD1|7||pyrexia\nD2||cold\nD2|D3||chill\nD3||ice\n7||hot\nD2+D3||both\n",
        [
            Concept("D1", ("fever",), ("7",)),
            Concept("D1", ("pyrexia",), ("7",)),
            Concept("D2", ("cold",)),
            Concept("D2", ("chill",)),
            Concept("D3", ("chill",)),
            Concept("D3", ("ice",)),
            Concept("D1", ("hot",), ("7",)),
            Concept("D2", ("both",)),
            Concept("D3", ("both",)),
        ],
    ),
}  # fmt: skip


def test_every_format_has_an_example() -> None:
    assert EXAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_format(kind: str) -> None:
    content, concepts = EXAMPLES[kind]
    if kind == "biosyn":  # D3 comes after D2 as often as it begins a line, so each is a concept
        content = content.replace("D2+D3||both\n", "")
        concepts = concepts[:-2]
    assert list(KINDS[kind](file(content))) == concepts


@needs_real_corpora
@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("ncbi-linking/ncbi-disease.tar.gz/ncbi-disease/train_dictionary.txt", 71_924),
        ("ncbi-linking/ncbi-disease.tar.gz/ncbi-disease/dev_dictionary.txt", 72_887),
        ("ncbi-linking/ncbi-disease.tar.gz/ncbi-disease/test_dictionary.txt", 73_024),
        ("bc5cdr-linking/bc5cdr-disease.tar.gz/bc5cdr-disease/train_dictionary.txt", 71_924),
        ("bc5cdr-linking/bc5cdr-disease.tar.gz/bc5cdr-disease/dev_dictionary.txt", 72_636),
        ("bc5cdr-linking/bc5cdr-disease.tar.gz/bc5cdr-disease/test_dictionary.txt", 73_126),
    ],
)
def test_the_lines_of_biosyns_dictionaries(path: str, names: int) -> None:
    (found,) = base.located(REAL / path)
    assert len({one.names for one in KINDS["biosyn"](found)}) == names


@needs_real_corpora
def test_medic_has_its_concepts_and_names() -> None:
    (found,) = base.located(REAL / "medic" / "medic_06Jul2012.txt")
    concepts = list(KINDS["medic"](found))
    assert len(concepts) == 11_915
    assert sum(bool(one.others) for one in concepts) == 3_026


def test_a_truncated_archive_of_mesh_says_so(tmp_path: Path) -> None:
    content = b"<DescriptorRecordSet>" + os.urandom(5_000).hex().encode()
    (tmp_path / "desc.gz").write_bytes(gzip.compress(content)[:-900])
    with pytest.raises(UserError, match=r"desc\.gz is truncated or damaged\."):
        list(KINDS["mesh"](File("desc.gz", tmp_path / "desc.gz")))
