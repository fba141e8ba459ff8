"""What must hold of all that is trained on: one function a rule, most of them over many documents at once."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat
from mnlu_instruct.training.preflight.documents import IGNORED, Documents, Numbers


class Terms(Struct, frozen=True):
    """What documents were made with.

    Attributes:
        begin: the beginning-of-text; None where the tokenizer has none.
        end: the end-of-text.
        everything: whether the loss falls on every token.
        most: how many tokens a row of the trainer may have.
    """

    begin: int | None
    end: int
    everything: bool
    most: int


class BrokenError(UserError):
    """A rule is broken by a document; the message goes on from its id."""

    def __init__(self, place: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.place = place


def one_beginning(documents: Documents, terms: Terms) -> None:
    """Exactly one beginning-of-text, and that first.

    Raises:
        BrokenError: there is none, another, or one elsewhere.
    """
    if terms.begin is None:
        return
    found = documents.ids == terms.begin
    first = _marked(found, documents.ends - documents.lengths)
    wrong = (documents.counts(found) != 1) | (documents.counts(first) != 1)
    _none(wrong, "doesn't begin with its only beginning-of-text.", "check the tokenizer and its chat template.")


def prompt_and_answer_end(documents: Documents, terms: Terms) -> None:
    """One end-of-text ends what an encoder reads, another what a decoder learns to write, and there is no other.

    Raises:
        BrokenError: one is missing, or there is another.
    """
    found = documents.ids == terms.end
    last = _marked(found, documents.ends - 1) | _marked(found, documents.ends - documents.trained - 1)
    wrong = (documents.counts(found) != 2) | (documents.counts(last) != 2)
    _none(wrong, "has not one end-of-text after its prompt and one after its answer.", "check the tokenizer.")


def something_trained(documents: Documents, terms: Terms) -> None:
    """At least one token is trained.

    Raises:
        BrokenError: there is none.
    """
    _none(documents.trained == 0, "has no token that is trained.", "is its answer empty?")


def answer_and_end(documents: Documents, terms: Terms) -> None:
    """The loss falls on the last tokens, up to and with the end-of-text, or on every token; each is its own label.

    That these are as many as the answer has is checked by `whole_answers`.

    Raises:
        BrokenError: it falls elsewhere, or a label is of another token.
    """
    trained = documents.labels != IGNORED
    counted = documents.lengths if terms.everything else documents.trained
    due = np.arange(len(trained)) >= np.repeat(documents.ends - counted, documents.lengths)
    wrong = documents.counts((trained != due) | (trained & (documents.labels != documents.ids))) > 0
    ended = documents.counts(_marked(documents.ids == terms.end, documents.ends - 1)) == 1
    where = "every token" if terms.everything else "its answer and the end-of-text"
    _none(
        wrong | (~ended & (documents.trained > 0)),
        f"has its loss on something else than {where}.",
        "check the tokenizer, and the version of TRL.",
    )


def within_length(documents: Documents, terms: Terms) -> None:
    """No row of the trainer is too long.

    Raises:
        UserError: one is.
    """
    if (longest := documents.rows.max(initial=0)) > terms.most:
        raise UserError(
            f"A row of the trainer has {longest:,} tokens, more than max_length {terms.most:,}.",
            "check the version of TRL: it would be cut.",
        )


DECODER = (one_beginning, something_trained, answer_and_end, within_length)
"""What a document, or a row, of a decoder model can break."""
ENCODER_DECODER = (something_trained, prompt_and_answer_end, answer_and_end, within_length)
"""What a prompt with its answer can break, where an encoder reads the one and a decoder writes the other."""


def padding_is_no_end(tokenizer: chat.Tokenizer) -> None:
    """Padding is another token than the end-of-text.

    Raises:
        UserError: it is the same.
    """
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        raise UserError(
            "Padding is the end-of-text, so that a model would never learn to stop.",
            "set another pad_token in the tokenizer's configuration, such as the unknown token.",
        )


def none_lost(lengths: Numbers, given: Numbers) -> None:
    """The trainer has all documents that it was given, in any order, each with all its tokens.

    Args:
        lengths: how many tokens each of the trainer's documents has.
        given: how many each of those given has.

    Raises:
        UserError: a document, or a token, is lost.
    """
    if not np.array_equal(np.sort(lengths), np.sort(given)):
        raise UserError(
            f"Of {len(given):,} rows with {given.sum():,} tokens, the trainer has {len(lengths):,} with "
            f"{lengths.sum():,}.",
            "check the version of TRL: its preparation loses some.",
        )


def whole_answers(trained: Numbers, given: Numbers) -> None:
    """As many tokens of a document are trained as should be: no less than its answer and the end-of-text, and no more.

    Args:
        trained: how many tokens of each of the trainer's documents are trained.
        given: how many of each of those given are to be; a document that is lost is no matter of this rule.

    Raises:
        UserError: more or fewer are.
    """
    size = int(max(trained.max(initial=0), given.max(initial=0))) + 1
    if (np.bincount(trained, minlength=size) > np.bincount(given, minlength=size)).any():
        raise UserError(
            f"The loss falls on {trained.sum():,} tokens, but should fall on {given.sum():,}.",
            "check the version of TRL: it builds labels in another way.",
        )


def _marked(found: NDArray[np.bool_], places: Numbers) -> NDArray[np.bool_]:
    """Of what was found, only what is at these places; a place outside is none."""
    at = np.zeros(len(found), bool)
    at[places[(places >= 0) & (places < len(found))]] = True
    at &= found
    return at


def _none(wrong: NDArray[np.bool_], message: str, hint: str) -> None:
    if wrong.any():
        raise BrokenError(int(np.argmax(wrong)), message, hint)
