"""Nine more IOB editions of MTL-Bioinformatics-2016: names of anatomy, proteins and events' participants, by sentence.

Eight are of BioNLP shared tasks and of corpora like theirs. With other corpora that are registered here, they are the
named-entity tasks of BoX (Parmar et al., 2022; `docs/box.md`).
"""

from mnlu_instruct.corpora.mtl import mtl
from mnlu_instruct.corpora.mtl_iob import mtl_iob
from mnlu_instruct.sources.declaration import Counts, Remote

SHARED_TASK = "BioNLP Shared Task {year} Workshop, ACL {year}."

anatem = mtl_iob(
    name="anatem",
    title="AnatEM",
    source=mtl(
        "AnatEM-IOB",
        Remote("train.tsv", "bd4235e9673f7c67667c1eb321903a51544a94cf481ba265b527b3104d6ba806", 1_280_190),
        Remote("devel.tsv", "0758bb2f26ec12fc717c1054b64ea00a40c7aae26b21a7541b86fbfba66119ec", 480_960),
        Remote("test.tsv", "a3d6555f6f5b7809fc014bee975be0db93c012d770ab60c190cf37d589e97fc9", 833_816),
    ),
    cite="Pyysalo and Ananiadou. Anatomical entity mention recognition at literature scale. Bioinformatics 30(6), "
    "2014.",
    folder="AnatEM-IOB",
    entities={"Anatomy": "Anatomy"},
    published={
        "train": Counts(documents=5_861, mentions=6_946),
        "dev": Counts(documents=2_118, mentions=2_139),
        "test": Counts(documents=3_830, mentions=4_616),
    },
)

bionlp09 = mtl_iob(
    name="bionlp09",
    title="BioNLP 2009",
    source=mtl(
        "BioNLP09-IOB",
        Remote("train.tsv", "abf9a6242bbd932e725f85d6ceb0ece41aae3c96775e45d18364868a1ad7bfe1", 1_898_574),
        Remote("devel.tsv", "9cfebba60ecb0db64ce9153c3500f2e7e995c6c5e827f0d7f3e7a9dc5422aada", 371_410),
        Remote("test.tsv", "b4e2acba0863bbd9ed27264adafc3e1d0b1cd764334366a622d662eeb5c310f4", 627_309),
    ),
    cite="Kim et al. Overview of BioNLP'09 shared task on event extraction. BioNLP Workshop, NAACL 2009.",
    folder="BioNLP09-IOB",
    entities={"Protein": "Protein"},
    published={
        "train": Counts(documents=7_462, mentions=9_296),
        "dev": Counts(documents=1_448, mentions=2_078),
        "test": Counts(documents=2_446, mentions=3_589),
    },
)

bionlp11_epi = mtl_iob(
    name="bionlp11-epi",
    title="BioNLP 2011, epigenetics and post-translational modifications",
    source=mtl(
        "BioNLP11EPI-IOB",
        Remote("train.tsv", "96c531c78b76b7e1f7d38547e6f6a321c6781a6f199c151f443855765996d34f", 1_363_908),
        Remote("devel.tsv", "522435a7f9e8fb22d2a0575493b3e8dbbe6bafedae944c7d346c7fffd55e06d5", 463_908),
        Remote("test.tsv", "fa4aa96d5f318cafa741fffa5e3fa542f29f0b67320f0b8ba7e1f8780848490b", 986_053),
    ),
    cite=f"Ohta et al. Overview of the epigenetics and post-translational modifications (EPI) task of BioNLP shared "
    f"task 2011. {SHARED_TASK.format(year=2011)}",
    folder="BioNLP11EPI-IOB",
    entities={"Protein": "Protein"},
    published={
        "train": Counts(documents=5_698, mentions=7_586),
        "dev": Counts(documents=1_955, mentions=2_495),
        "test": Counts(documents=4_122, mentions=5_730),
    },
)

bionlp11_id = mtl_iob(
    name="bionlp11-id",
    title="BioNLP 2011, infectious diseases",
    source=mtl(
        "BioNLP11ID-IOB",
        Remote("train.tsv", "0ec273b9fbf05d15d347a06d67fe084afc18a1738c574b0b4f544d756ad280f7", 694_919),
        Remote("devel.tsv", "cc48d04e83a22adcb2a7071c0beb956fff444dd5f40efe4b09f8b04dafeccc43", 186_697),
        Remote("test.tsv", "94cc21cf0b86a5af059c7d93f7f3a7c717c413004a291b7edc70efc3b5dc4591", 518_107),
    ),
    licence="CC BY 3.0 (annotations: GENIA Project); texts under the licences of their articles",
    cite=f"Pyysalo et al. Overview of the infectious diseases (ID) task of BioNLP shared task 2011. "
    f"{SHARED_TASK.format(year=2011)}",
    folder="BioNLP11ID-IOB",
    entities={
        "Chemical": "Chemical",
        "Organism": "Organism",
        "Protein": "Protein",
        "Regulon-operon": "Regulon or operon",
    },
    published={
        "train": Counts(documents=2_496, mentions=5_674),
        "dev": Counts(documents=721, mentions=1_598),
        "test": Counts(documents=1_961, mentions=3_810),
    },
)

bionlp13_cg = mtl_iob(
    name="bionlp13-cg",
    title="BioNLP 2013, cancer genetics",
    source=mtl(
        "BioNLP13CG-IOB",
        Remote("train.tsv", "016ee311428431433c46ceeebeba5fce9c3da9bfd05fafcc484e57a736ea91e7", 943_120),
        Remote("devel.tsv", "6c834f3a16ed080940e7e12d831ca8f79458d08db5d6f0c1fdbfe85c3c7a072c", 316_312),
        Remote("test.tsv", "9ee374ba1b93af177ba3d39dfda4c7e1602bd703d8011bae46a34f3d719cd338", 593_469),
    ),
    licence="CC BY-SA 3.0 (annotations: NaCTeM)",
    cite=f"Pyysalo et al. Overview of the cancer genetics (CG) task of BioNLP shared task 2013. "
    f"{SHARED_TASK.format(year=2013)}",
    folder="BioNLP13CG-IOB",
    entities={
        "Amino_acid": "Amino acid",
        "Anatomical_system": "Anatomical system",
        "Cancer": "Cancer",
        "Cell": "Cell",
        "Cellular_component": "Cellular component",
        "Developing_anatomical_structure": "Developing anatomical structure",
        "Gene_or_gene_product": "Gene or gene product",
        "Immaterial_anatomical_entity": "Immaterial anatomical entity",
        "Multi-tissue_structure": "Multi-tissue structure",
        "Organ": "Organ",
        "Organism": "Organism",
        "Organism_subdivision": "Organism subdivision",
        "Organism_substance": "Organism substance",
        "Pathological_formation": "Pathological formation",
        "Simple_chemical": "Simple chemical",
        "Tissue": "Tissue",
    },
    published={
        "train": Counts(documents=3_033, mentions=10_826),
        "dev": Counts(documents=1_003, mentions=3_616),
        "test": Counts(documents=1_906, mentions=6_881),
    },
)

bionlp13_ge = mtl_iob(
    name="bionlp13-ge",
    title="BioNLP 2013, GENIA events",
    source=mtl(
        "BioNLP13GE-IOB",
        Remote("train.tsv", "6961abede2a0a14cd984674435accf6f4bbb201361bf04a796a248c2ffce3759", 587_490),
        Remote("devel.tsv", "b09afafc63fc4fcc2ddc3a5a0a9711c973bc1aecee48e3e5afec6364e39b83b4", 636_590),
        Remote("test.tsv", "812fdb078ad257d3b87a6f9ff62a37cf622225cf3763bdaed9c897169b528cfa", 813_448),
    ),
    cite=f"Kim et al. The Genia event extraction shared task, 2013 edition: overview. {SHARED_TASK.format(year=2013)}",
    folder="BioNLP13GE-IOB",
    entities={"Protein": "Protein"},
    published={
        "train": Counts(documents=2_449, mentions=3_566),
        "dev": Counts(documents=2_737, mentions=4_132),
        "test": Counts(documents=3_391, mentions=4_359),
    },
)

bionlp13_pc = mtl_iob(
    name="bionlp13-pc",
    title="BioNLP 2013, pathway curation",
    source=mtl(
        "BioNLP13PC-IOB",
        Remote("train.tsv", "3bba35afa15be3048240154c9b529e0e4f011f53ed7200b15762f00236e2ab02", 801_157),
        Remote("devel.tsv", "e04545457858133fd5c80bef67f7904fc51fa099d119346400477f6bf1d30957", 267_181),
        Remote("test.tsv", "61bc26bf06a3481adc8ac7032a59e3c71c1ff16ceb81a039b43b4d3e8ae3c06a", 532_249),
    ),
    licence="CC BY-SA 3.0 (annotations: NaCTeM and KISTI)",
    cite=f"Ohta et al. Overview of the pathway curation (PC) task of BioNLP shared task 2013. "
    f"{SHARED_TASK.format(year=2013)}",
    folder="BioNLP13PC-IOB",
    entities={
        "Cellular_component": "Cellular component",
        "Complex": "Complex",
        "Gene_or_gene_product": "Gene or gene product",
        "Simple_chemical": "Simple chemical",
    },
    published={
        "train": Counts(documents=2_499, mentions=7_853),
        "dev": Counts(documents=857, mentions=2_734),
        "test": Counts(documents=1_695, mentions=5_306),
    },
)

craft = mtl_iob(
    name="craft",
    title="CRAFT",
    source=mtl(
        "CRAFT-IOB",
        Remote("train.tsv", "3c49de4dba0a490459d2f7c8c0d1ae7659e2efeff8b1afec610226902f525979", 2_176_552),
        Remote("devel.tsv", "95960d9a2fe97e437ca864c3e4c3f2c77c29a3bf8d3483c5e52a7e1a0f46b4ce", 789_180),
        Remote("test.tsv", "f4d105baa2ad0db0aab6348ec9f90af00ce8175bc47282ddb5079d01d884b90c", 1_538_241),
    ),
    cite="Bada et al. Concept annotation in the CRAFT corpus. BMC Bioinformatics 13:161, 2012.",
    folder="CRAFT-IOB",
    entities={
        "CHEBI": "Chemical",
        "CL": "Cell type",
        "GGP": "Gene or gene product",
        "GO": "Cellular component",
        "SO": "Sequence feature",
        "Taxon": "Species or taxon",
    },
    published={
        "train": Counts(documents=10_875, mentions=29_026),
        "dev": Counts(documents=3_730, mentions=9_727),
        "test": Counts(documents=7_425, mentions=18_881),
    },
)

ex_ptm = mtl_iob(
    name="ex-ptm",
    title="Exhaustive PTM",
    source=mtl(
        "Ex-PTM-IOB",
        Remote("train.tsv", "93633cfd1b3722960f17c632a92d0cc403168fbaddef5d4e7027761cdbb13ac6", 337_937),
        Remote("devel.tsv", "488bb9fc78dd439473158753a87bc341016835bc4698b0756bcd52cd80e4de1e", 107_908),
        Remote("test.tsv", "f4da237c2caced544a20ce7567835e840a410fa329f9ef33f62cb343e7481e0d", 447_408),
    ),
    cite="Pyysalo et al. Towards exhaustive protein modification event extraction. BioNLP Workshop, ACL 2011.",
    folder="Ex-PTM-IOB",
    entities={"Protein": "Protein"},
    published={
        "train": Counts(documents=1_377, mentions=1_787),
        "dev": Counts(documents=437, mentions=603),
        "test": Counts(documents=1_839, mentions=2_308),
    },
)
