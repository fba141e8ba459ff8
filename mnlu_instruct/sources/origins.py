"""Where the files of a corpus are from: downloaded, given out under an agreement, one's own, or bundled."""

from dataclasses import dataclass
from typing import Literal

from mnlu_instruct.errors import UserError

Access = Literal["open", "registration", "dua"]

UNSEEN = "the released archive could not be had when its corpus was declared"
PACKED = "GitHub packs the repository anew on request"
"""Reasons why no checksum of a file is declared (`Remote.unverified`)."""


@dataclass(frozen=True)
class Remote:
    """One file that `mnlu fetch` downloads.

    Args:
        path: the path to save it to, below the corpus' folder.
        sha256: of the released file; None if it can't be known, and `unverified` says why.
        size: in bytes, if known.
        at: its remote folder below the bases of its `Download`, if that is not the folder of `path`.
        unpack: the folder inside an archive whose files are unpacked into the corpus' folder, "." for all; "" keeps
            the archive packed.
        url: its address, if it is not below the bases of its `Download`.
    """

    path: str
    sha256: str | None
    size: int | None = None
    unverified: str = ""
    at: str = ""
    unpack: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if (self.sha256 is None) != bool(self.unverified):
            raise UserError(
                f"{self.path}: a remote file needs either `sha256`, or `unverified` with the reason why there is none.",
                "give one of the two.",
            )

    @property
    def place(self) -> str:
        """Its remote path below a base."""
        return f"{self.at}/{self.path.rpartition('/')[2]}" if self.at else self.path


@dataclass(frozen=True)
class Download:
    """Files that anyone may download, some after a registration.

    Args:
        url: the web page of the corpus, or its only file.
        bases: the URLs that the paths of `files` are relative to: the official one, then mirrors; `url`, if none.
        files: what `mnlu fetch` downloads; if there are none, the corpus is downloaded by hand.
        by_hand: how to get the other files of the corpus, if `files` are not all.
    """

    url: str
    access: Access = "open"
    bases: tuple[str, ...] = ()
    files: tuple[Remote, ...] = ()
    by_hand: str = ""

    @property
    def advice(self) -> str:
        """How to get the files, in words."""
        if self.files:
            rest = f"; then {self.by_hand}" if self.by_hand else ""
            return f"'mnlu fetch' downloads it from {self.url}{rest}"
        return f"{'' if self.access == 'open' else 'register, then '}download {self.url}"


def github(repository: str, commit: str, folder: str = "") -> tuple[str, ...]:
    """The base URLs of a folder in a GitHub repository at a commit: GitHub itself, and a mirror."""
    below = f"{folder}/" if folder else ""
    return (
        f"https://raw.githubusercontent.com/{repository}/{commit}/{below}",
        f"https://cdn.jsdelivr.net/gh/{repository}@{commit}/{below}",
    )


@dataclass(frozen=True)
class Agreement:
    """Files that need a registration or a signed data use agreement: `where` to apply, `what` to sign."""

    where: str
    what: str
    access: Access = "dua"

    @property
    def advice(self) -> str:
        """How to get the files, in words."""
        return f"sign {self.what} at {self.where}"


@dataclass(frozen=True)
class Local:
    """Files of one's own: `where` they are from, in words. They are under the terms that `licence` states.

    Args:
        where: "our hospital's data office".
        access: "open" if anyone may have the files; otherwise cards and reports warn that they must not be passed on.
    """

    where: str
    access: Access = "dua"

    @property
    def advice(self) -> str:
        """How to get the files, in words."""
        return f"they are your own ({self.where}): put them there"


@dataclass(frozen=True)
class Bundled:
    """Synthetic files that come with this package."""

    access: Access = "open"
    advice: str = "comes with mnlu-instruct"
