"""Finding and opening corpus files: patterns, archives, encodings, damage."""

import gzip
import io
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mnlu_instruct import data_folder, files
from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File

MEMBERS = {
    "docs/b.txt": b"two\n",
    "docs/a.txt": b"one\n",
    "docs/c.txt/d.txt": b"deep\n",
    "docs/e.ann": b"other\n",
    "f.txt": b"above\n",
}


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docs/c.txt/", "")
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("./docs/c.txt")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in members.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


ARCHIVES: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "pack.zip": zipped,
    "pack.tar": tarred,
    "pack.tar.gz": lambda members: tarred(members, "w:gz"),
    "pack.tgz": lambda members: tarred(members, "w:gz"),
}


@pytest.mark.parametrize("packed", [None, *ARCHIVES])
def test_the_attributes_that_macos_puts_beside_files_are_no_files(tmp_path: Path, packed: str | None) -> None:
    members = {"docs/a.txt": b"one\n", "docs/._a.txt": b"\x00\x05\x16\x07", "__MACOSX/docs/._a.txt": b"\x00"}
    if packed:
        (tmp_path / packed).write_bytes(ARCHIVES[packed](members))
    else:
        for name, content in members.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
    found = files.find(tmp_path, f"{packed or '.'}/**/*.txt")
    assert [file.read() for file in found] == [b"one\n"]


def test_a_pattern_names_files_sorted_by_name(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.ann"):
        (tmp_path / name).write_text(name)
    (tmp_path / "folder.txt").mkdir()
    found = files.find(tmp_path, "*.txt")
    assert [(file.name, file.text()) for file in found] == [("a.txt", "a.txt"), ("b.txt", "b.txt")]


def test_a_pattern_that_matches_nothing_finds_nothing(tmp_path: Path) -> None:
    assert files.find(tmp_path, "*.zip/*.txt") == files.find(tmp_path, "no.txt") == []


@pytest.mark.parametrize("archive", ARCHIVES)
def test_a_pattern_goes_on_inside_an_archive_where_a_star_crosses_no_folder(tmp_path: Path, archive: str) -> None:
    (tmp_path / archive).write_bytes(ARCHIVES[archive](MEMBERS))
    found = files.find(tmp_path, f"{archive}/docs/*.txt")
    assert [file.read() for file in found] == [b"one\n", b"two\n"]
    assert all(file.name.startswith(f"{archive}/") and file.path == tmp_path / archive for file in found)


@pytest.mark.parametrize("archive", ARCHIVES)
def test_two_stars_cross_any_folders_of_an_archive(tmp_path: Path, archive: str) -> None:
    (tmp_path / archive).write_bytes(ARCHIVES[archive](MEMBERS))

    def contents(pattern: str) -> list[bytes]:
        return [file.read() for file in files.find(tmp_path, f"{archive}/{pattern}")]

    assert contents("**/*.txt") == [b"one\n", b"two\n", b"deep\n", b"above\n"]
    assert contents("docs/**/*.txt") == [b"one\n", b"two\n", b"deep\n"]
    assert contents("**/docs/[!a]*.txt") == [b"two\n"]
    assert contents("**/docs/**/d.txt") == [b"deep\n"]
    assert contents("**/x/*.txt") == []


def test_on_disk_files_are_sorted(tmp_path: Path) -> None:
    for name in "dbeacf":
        (tmp_path / f"{name}.txt").touch()
    assert [path.stem for path in files.on_disk(tmp_path, "*.txt")] == list("abcdef")


@pytest.mark.parametrize("archive", ARCHIVES)
def test_on_disk_an_archive_is_one_file(tmp_path: Path, archive: str) -> None:
    (tmp_path / archive).write_bytes(ARCHIVES[archive](MEMBERS))
    assert files.on_disk(tmp_path, f"{archive}/docs/*.txt") == [tmp_path / archive]
    assert files.on_disk(tmp_path, "absent.zip/docs/*.txt") == []


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a/b.txt", ("a/b.txt", "")),
        ("a/b.zip", ("a/b.zip", "")),
        ("a/b.zip/c/*.txt", ("a/b.zip", "c/*.txt")),
        ("*.tar.gz/*", ("*.tar.gz", "*")),
    ],
)
def test_a_pattern_splits_at_its_archive(pattern: str, parts: tuple[str, str]) -> None:
    assert files.split_pattern(pattern) == parts


def test_gzip_is_opened_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"one\n"))
    (tmp_path / "pack.zip").write_bytes(zipped({"b.txt.gz": gzip.compress(b"two\n")}))
    assert [file.text() for pattern in ("*.gz", "pack.zip/*.gz") for file in files.find(tmp_path, pattern)] == [
        "one\n",
        "two\n",
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_a_file_is_closed_after_reading(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"one\n") if name.endswith(".gz") else b"one\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        [file] = files.find(tmp_path, name)
        assert file.read() == b"one\n"
    assert not caught


def test_lines_are_numbered_and_only_line_feeds_end_them() -> None:
    content = b"\xef\xbb\xbfone\r\n\r\ntwo\xe2\x80\xa8\x0b\rhalves\nlast"
    assert list(File("a", Path("a"), content).lines()) == [
        (1, "one"),
        (2, ""),
        (3, "two\u2028\x0b\rhalves"),
        (4, "last"),
    ]


def test_text_keeps_its_line_ends_but_no_byte_order_mark() -> None:
    assert File("a", Path("a"), b"\xef\xbb\xbfone\r\ntwo\n\xef\xbb\xbf").text() == "one\r\ntwo\n\ufeff"


@pytest.mark.parametrize("read", [File.text, lambda file: list(file.lines())])
@pytest.mark.parametrize(("content", "line"), [(b"a\ncaf\xe9\n", 2), ("a".encode("utf-16"), 1), (b"\xff", 1)])
def test_what_is_not_utf_8_is_named_with_file_and_line(
    read: Callable[[File], object], content: bytes, line: int
) -> None:
    with pytest.raises(UserError, match=rf"^a\.txt, line {line}: this is not UTF-8"):
        read(File("a.txt", Path("a.txt"), content))


def test_an_error_names_its_file_and_line_and_hints_at_a_new_download() -> None:
    file = File("docs/a.txt", Path("/data/docs/a.txt"))
    assert file.error(3, "odd.").message == "docs/a.txt, line 3: odd."
    assert file.error(None, "odd.").message == "docs/a.txt: odd."
    assert "/data/docs/a.txt" in file.error(3, "odd.").hint
    assert file.error(3, "odd.", "mend it.").hint == "mend it."


def test_a_cut_gzip_is_damaged(tmp_path: Path) -> None:
    content = gzip.compress(b"one\ntwo\n" * 100)
    for length in range(1, len(content)):
        with pytest.raises(UserError, match=r"^a\.gz is truncated or damaged"):
            File("a.gz", tmp_path / "a.gz", content[:length]).read()


@pytest.mark.parametrize("archive", ["pack.zip", "pack.tar", "pack.tar.gz"])
def test_a_cut_archive_never_loses_members_in_silence(tmp_path: Path, archive: str) -> None:
    content = ARCHIVES[archive](MEMBERS)
    for length in range(0, len(content), 3):
        (tmp_path / archive).write_bytes(content[:length])
        try:
            found = files.find(tmp_path, f"{archive}/docs/*.txt")
        except UserError as error:
            assert error.message == f"{archive} is truncated or damaged."
        else:
            assert len(found) == 2


@pytest.mark.parametrize("archive", ["pack.zip", "pack.tar.gz"])
def test_a_damaged_archive_is_a_user_error(tmp_path: Path, archive: str) -> None:
    content = bytearray(ARCHIVES[archive](MEMBERS))
    for place in range(len(content)):
        content[place] ^= 0xFF
        (tmp_path / archive).write_bytes(content)
        content[place] ^= 0xFF
        try:
            files.find(tmp_path, f"{archive}/docs/*.txt")
        except UserError as error:
            assert archive in error.message


def test_an_encrypted_zip_is_a_user_error(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "secret")
    content = bytearray(packed.getvalue())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    (tmp_path / "pack.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"^pack\.zip can't be unpacked: .* is encrypted"):
        files.find(tmp_path, "pack.zip/*.txt")


def test_a_file_that_cannot_be_opened_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be read: No such file"):
        File("gone.txt", tmp_path / "gone.txt").read()
    with pytest.raises(UserError, match="can't be read: No such file"):
        File("gone.txt.gz", tmp_path / "gone.txt.gz").read()


def test_the_data_directory_is_the_option_then_the_variable_then_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNLU_DATA", "/data")
    assert data_folder.data_directory(Path("/option")) == Path("/option")
    assert data_folder.data_directory() == Path("/data")
    monkeypatch.setenv("MNLU_DATA", "")
    monkeypatch.setenv("HOME", "/home/me")
    assert data_folder.data_directory() == Path("/home/me/.cache/mnlu/corpora")


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
