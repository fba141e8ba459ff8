"""MTL-Bioinformatics-2016 (Crichton et al., 2017): IOB editions of many corpora of named entities."""

from mnlu_instruct.sources.declaration import Download, Remote, github

REPOSITORY, COMMIT = "cambridgeltl/MTL-Bioinformatics-2016", "954a98f80c443ea96cc4af742eb0f6a7c89c40a2"


def mtl(folder: str, *files: Remote) -> Download:
    """The download of files in one folder of its data."""
    return Download(f"https://github.com/{REPOSITORY}", bases=github(REPOSITORY, COMMIT, f"data/{folder}"), files=files)
