"""The rules that training rows must obey: one function each, most of them over many documents at once."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.preflight.documents import IGNORED, Documents, Numbers


class Marks(Struct, frozen=True):
    """The ids of the tokens that begin and end a document.

    Attributes:
        begin: the beginning-of-text (BOS); None if a document doesn't have exactly one.
        end: what ends an answer.
    """

    begin: int | None
    end: int


class Terms(Struct, frozen=True):
    """The settings that documents were made with.

    Attributes:
        marks: the tokens that begin and end each.
        everything: whether every token has a loss.
        most: the most tokens of a row of the trainer.
    """

    marks: Marks
    everything: bool
    most: int


class BrokenError(UserError):
    """A document breaks a rule; the message continues a sentence that begins with the document's id."""

    def __init__(self, place: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.place = place


def one_beginning(documents: Documents, terms: Terms) -> None:
    """Check that each document has exactly one beginning-of-text, at its start.

    Raises:
        BrokenError: it is missing, elsewhere, or there is more than one.
    """
    if terms.marks.begin is None:
        return
    found = documents.ids == terms.marks.begin
    first = _marked(found, documents.ends - documents.lengths)
    wrong = (documents.counts(found) != 1) | (documents.counts(first) != 1)
    _none(wrong, "doesn't begin with its only beginning-of-text.", "check the tokenizer and its chat template.")


def prompt_and_answer_end(documents: Documents, terms: Terms) -> None:
    """Check that one end-of-text ends the encoder's input, one the decoder's output, and there is no other.

    Raises:
        BrokenError: one is missing, or there is another.
    """
    found = documents.ids == terms.marks.end
    last = _marked(found, documents.ends - 1) | _marked(found, documents.ends - documents.trained - 1)
    wrong = (documents.counts(found) != 2) | (documents.counts(last) != 2)
    _none(wrong, "lacks an end-of-text after its prompt or answer, or has another one.", "check the tokenizer.")


def something_trained(documents: Documents, terms: Terms) -> None:
    """Check that at least one token of each document has a loss.

    Raises:
        BrokenError: none has.
    """
    _none(documents.trained == 0, "has no token with a loss.", "is its answer empty?")


def answer_and_end(documents: Documents, terms: Terms) -> None:
    """Check that the loss is on the last tokens up to and including the end-of-text, or on every token.

    Labels must equal their tokens. `whole_answers` checks that there are as many as the answer has.

    Raises:
        BrokenError: the loss is on other tokens, or a label is another token.
    """
    trained = documents.labels != IGNORED
    counted = documents.lengths if terms.everything else documents.trained
    due = np.arange(len(trained)) >= np.repeat(documents.ends - counted, documents.lengths)
    wrong = documents.counts((trained != due) | (trained & (documents.labels != documents.ids))) > 0
    ended = documents.counts(_marked(documents.ids == terms.marks.end, documents.ends - 1)) == 1
    where = "every token" if terms.everything else "its answer and the end-of-text"
    _none(
        wrong | (~ended & (documents.trained > 0)),
        f"has a wrong loss mask or labels: the loss must be on {where}.",
        "check the tokenizer, and the version of TRL.",
    )


def within_length(documents: Documents, terms: Terms) -> None:
    """Check that no row of the trainer is too long.

    Raises:
        UserError: a row is.
    """
    if (longest := documents.rows.max(initial=0)) > terms.most:
        raise UserError(
            f"A row of the trainer has {longest:,} tokens, more than max_length {terms.most:,}.",
            "check the version of TRL: the row would be cut off.",
        )


DECODER = (one_beginning, something_trained, answer_and_end, within_length)
"""The rules for documents and rows of a decoder model."""
ENCODER_DECODER = (something_trained, prompt_and_answer_end, answer_and_end, within_length)
"""The rules for documents of an encoder–decoder model."""


def none_lost(lengths: Numbers, given: Numbers) -> None:
    """Check that the trainer has all documents that it was given, in any order, with all tokens.

    Args:
        lengths: the number of tokens of each of the trainer's documents.
        given: the number of tokens of each document given.

    Raises:
        UserError: a document, or a token, is lost.
    """
    if not np.array_equal(np.sort(lengths), np.sort(given)):
        raise UserError(
            f"Of {len(given):,} rows with {given.sum():,} tokens, the trainer has {len(lengths):,} with "
            f"{lengths.sum():,}.",
            "check the version of TRL: its preparation of rows loses some.",
        )


def whole_answers(trained: Numbers, given: Numbers) -> None:
    """Check that each document has a loss on as many tokens as it should: all of its answer with the end-of-text.

    Args:
        trained: how many tokens of each of the trainer's documents have a loss.
        given: how many tokens of each document given should; documents that are lost aren't reported here.

    Raises:
        UserError: more or fewer tokens have a loss.
    """
    size = int(max(trained.max(initial=0), given.max(initial=0))) + 1
    if (np.bincount(trained, minlength=size) > np.bincount(given, minlength=size)).any():
        raise UserError(
            f"{trained.sum():,} tokens have a loss, but {given.sum():,} should.",
            "check the version of TRL: it builds labels in another way.",
        )


def _marked(found: NDArray[np.bool_], places: Numbers) -> NDArray[np.bool_]:
    """Keep the marks at the given indices only; indices outside the array are ignored."""
    at = np.zeros(len(found), bool)
    at[places[(places >= 0) & (places < len(found))]] = True
    at &= found
    return at


def _none(wrong: NDArray[np.bool_], message: str, hint: str) -> None:
    if wrong.any():
        raise BrokenError(int(np.argmax(wrong)), message, hint)
