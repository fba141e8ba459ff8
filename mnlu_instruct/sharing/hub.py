"""Sending files to a repository of the Hugging Face hub, or of another one that `HF_ENDPOINT` names."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, RepositoryNotFoundError
from huggingface_hub.errors import HTTPError as ClientError  # type: ignore[attr-defined]  # of httpx, or what follows it

from mnlu_instruct import __version__
from mnlu_instruct.dataset.build import CARD
from mnlu_instruct.errors import UserError
from mnlu_instruct.sharing.upload import Upload

UNKNOWN = 401
"""The status of a request without a valid token."""


def send(upload: Upload, repository: str, public: bool) -> str:
    """Send everything in one commit; the repository is made if it isn't there.

    Args:
        upload: what to send.
        repository: its name: `owner/name`.
        public: whether a new repository can be seen by everyone. An existing one stays as it is.

    Returns:
        The address of the repository.

    Raises:
        UserError: the hub refuses, or can't be reached; or a public repository is there, and `public` wasn't asked for.
    """
    api = HfApi(library_name="mnlu-instruct", library_version=__version__)
    files = [CommitOperationAdd(CARD, upload.card)]
    files += [CommitOperationAdd(path.name, path) for path in upload.files]
    with _explained(repository):
        if not public and _is_public(api, upload.kind, repository):
            raise UserError(f"{repository} is there already, and public.", "add --public, or choose another name.")
        made = api.create_repo(repository, repo_type=upload.kind, private=not public, exist_ok=True)
        api.create_commit(made.repo_id, files, commit_message="Sent by mnlu push", repo_type=upload.kind)
    return str(made)


def _is_public(api: HfApi, kind: str, repository: str) -> bool:
    """Whether a repository is there that everyone can see."""
    try:
        return not api.repo_info(repository, repo_type=kind).private
    except RepositoryNotFoundError:
        return False


@contextmanager
def _explained(repository: str) -> Iterator[None]:
    """Turn the hub's errors into sentences."""
    try:
        yield
    except HFValidationError as error:
        reason = str(error).rstrip(".")
        raise UserError(f"{repository} is no name of a repository: {reason}.", "choose another.") from error
    except ValueError as error:  # what it makes of a card whose front matter the hub refuses
        reason = " ".join(str(error).split())
        raise UserError(f"The hub refuses the card: {reason}.", "correct the front matter of README.md.") from error
    except OfflineModeIsEnabled as error:
        raise UserError("The hub can't be reached: HF_HUB_OFFLINE is set.", "unset it to push.") from error
    except HfHubHTTPError as error:
        status, reason = error.response.status_code, error.server_message or str(error).strip().splitlines()[0]
        raise UserError(
            f"The hub refuses ({status}): {reason.rstrip('.')}.",
            "run 'hf auth login', or set HF_TOKEN." if status == UNKNOWN else "check what your token may do.",
        ) from error
    except ClientError as error:
        raise UserError(
            f"The hub can't be reached: {str(error).rstrip('.')}.", "check the network, and HF_ENDPOINT if it is set."
        ) from error
