"""The experiment trackers of a training (`report_to`): TensorBoard, unless the recipe names others."""

import os
from typing import Any

from transformers.integrations import get_available_reporting_integrations
from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

from mnlu_instruct import console
from mnlu_instruct.errors import UserError, unknown

USUAL = "tensorboard"
UNSEEN = {"azure_ml", "flyte"}
"""Trackers for which transformers can't tell whether they are installed."""


def chosen(asked: Any) -> list[str]:
    """The trackers that a recipe asks for (`report_to`).

    The default is TensorBoard; if that isn't installed, the first process prints a notice.

    Raises:
        UserError: a tracker is unknown, or not installed.
    """
    there = {*get_available_reporting_integrations(), *UNSEEN}
    if asked is None:
        if USUAL in there:
            return [USUAL]
        if os.environ.get("RANK", "0") == "0":
            console.notice("TensorBoard isn't installed, so no logs are written for it: pip install tensorboard.")
        return []
    names = [asked] if isinstance(asked, str) else list(asked)
    for name in names:
        if name in {"none", "all"}:
            continue
        if name not in INTEGRATION_TO_CALLBACK:
            raise unknown("tracker", str(name), INTEGRATION_TO_CALLBACK)
        if name not in there:
            raise UserError(f"report_to: {name} isn't installed.", f"pip install {name}, or leave report_to out.")
    return names
