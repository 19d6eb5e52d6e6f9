"""What the keys of foreign records mean: which are used, which are harmless, and which can't be used and matter.

The lists are closed: a key on none of them is not read, and is counted under its name in the dataset card.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from hackmentor.records.read.repair import ROLE_BY_ALIAS, RejectedError

ROLE_KEYS = frozenset(ROLE_BY_ALIAS)
CONVERSATION_KEYS = ("messages", "conversations", "conversation", "dialogue")
QUESTION_KEYS = ("instruction", "prompt", "question", "query")
ANSWER_KEYS = ("output", "response", "completion", "answer", "chosen")
INPUT_KEYS = ("input", "context")
SYSTEM_KEYS = ("system", "system_prompt", "system_message")
OWN_KEYS = frozenset({"sha256", "shape"})

HARMLESS_KEYS = frozenset(
    "id idx index uuid row_id record_id conversation_id conv_id chat_id prompt_id question_id source sources dataset "  # noqa: SIM905
    "origin url uri link licence license author generator category categories topic topics domain task task_type tags "
    "lang language difficulty score scores rating quality created created_at date timestamp tstamp hash sha256 "
    "__index_level_0__".split()
) | {"", "Unnamed: 0"}
HARMLESS_MESSAGE_KEYS = frozenset({"id", "message_id", "parent_id", "timestamp", "created_at", "index", "turn", "lang"})

MEDIA_KEYS = frozenset(
    {"images", "image", "image_path", "image_url", "videos", "video", "audios", "audio", "files", "attachments"}
)
# Used in a dialogue of messages, as the tools on offer; elsewhere they can't be used.
TOOL_OFFER_KEYS = frozenset({"tools", "functions", "available_tools"})
TOOL_KEYS = TOOL_OFFER_KEYS | {"tool_calls", "function_call", "tool_call_id"}
CHOICE_KEYS = frozenset({"choices", "options"})
UNUSABLE_KEYS = MEDIA_KEYS | TOOL_KEYS | CHOICE_KEYS

# A value of 0 or false takes what it stands beside out of the loss; the second kind says so with 1 or true.
WEIGHT_KEYS = ("weight", "train", "trainable", "train_on_turn", "loss_mask", "loss_weight", "sample_weight")
MESSAGE_WEIGHT_KEYS = (*WEIGHT_KEYS, "loss", "training")
MASKED_KEYS = ("masked", "mask_loss", "ignore_loss")
PARTIAL_WEIGHT_KEYS = ("train_detail", "training_detail", "mask")
LABEL_KEYS = ("label", "kto_tag")
NO, YES = frozenset({"0", "0.0", "false"}), frozenset({"1", "1.0", "true"})
EMPTY_TEXTS = frozenset({"", "[]", "{}", "null", "none", "nan"})

NoteUnread = Callable[[str], None]


def is_empty(value: object) -> bool:
    """Whether a value says nothing: null, blank, not a number, or a list or object of nothing else."""
    if isinstance(value, str):
        return value.strip().lower() in EMPTY_TEXTS
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Mapping):
        return all(map(is_empty, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_empty, value))
    return value is None


def holds_record(item: object) -> bool:
    """Whether an object looks like a training record in one of the shapes, sound or not."""
    if not isinstance(item, Mapping):
        return False
    if item.keys() >= OWN_KEYS or "instances" in item or isinstance(item.get("instruction"), str):
        return True
    if any(isinstance(decode_list(item.get(key)), (list, tuple)) for key in CONVERSATION_KEYS):
        return True
    asked = any(isinstance(item.get(key), (str, list, tuple)) for key in (*QUESTION_KEYS, "input"))
    answered = any(isinstance(item.get(key), (str, list, tuple, dict)) for key in ANSWER_KEYS)
    return (asked and answered) or (isinstance(item.get("chosen"), (str, list, tuple)) and "rejected" in item)


def decode_list(value: object) -> object:
    """The list that a text holds as JSON, as tables do; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return content if isinstance(content, list) else value


def check_row_keys(item: Mapping[str, Any]) -> None:
    """Raise RejectedError with the name of the key that takes the record out, or changes it in a way we can't."""
    is_dialogue = any(isinstance(decode_list(item.get(key)), (list, tuple)) for key in CONVERSATION_KEYS)
    for key in item:
        if key in UNUSABLE_KEYS and not is_empty(item[key]) and not (is_dialogue and key in TOOL_OFFER_KEYS):
            raise RejectedError(f"{key!r} can't be used")
    for key in LABEL_KEYS:
        if isinstance(item.get(key), (bool, int, str)) and str(item[key]).strip().lower() in NO:
            raise RejectedError(f"{key!r} marks the answer as a bad example")
    if not is_trained(item, WEIGHT_KEYS):
        raise RejectedError("weight of 0")


def is_trained(fields: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    """Whether the weights of a record or message leave it in the loss. Raises RejectedError for one between 0 and 1."""
    trained = True
    for key in (*keys, *MASKED_KEYS):
        value = fields.get(key)
        if is_empty(value):
            continue
        text = str(value).strip().lower()
        if text not in NO | YES:
            raise RejectedError(f"{key!r} is neither 0 nor 1")
        trained &= (text in YES) != (key in MASKED_KEYS)
    for key in PARTIAL_WEIGHT_KEYS:
        if not is_empty(fields.get(key)):
            raise RejectedError(f"{key!r} can't be used")
    return trained


def check_message_keys(message: Mapping[str, Any], read: frozenset[str], note_unread: NoteUnread) -> bool:
    """Whether a message is trained on; notes what else stands in it.

    Raises RejectedError for a key that matters and can't be used, such as an image.
    """
    for key in message:
        if key in UNUSABLE_KEYS - read and not is_empty(message[key]):
            raise RejectedError(f"{key!r} in a message can't be used")
    weights = {*MESSAGE_WEIGHT_KEYS, *MASKED_KEYS, *PARTIAL_WEIGHT_KEYS}
    for key in message:
        if key not in read | HARMLESS_MESSAGE_KEYS | weights and not is_empty(message[key]):
            note_unread(f"{key!r} in a message")
    return is_trained(message, MESSAGE_WEIGHT_KEYS)


def note_unread_keys(item: Mapping[str, Any], read: frozenset[str], note_unread: NoteUnread) -> None:
    """Note the keys of a record, by name, that were not read and are not known to be harmless."""
    weights = {*WEIGHT_KEYS, *MASKED_KEYS, *PARTIAL_WEIGHT_KEYS, *LABEL_KEYS}
    for key in item:
        known = key in read or key in HARMLESS_KEYS or key in UNUSABLE_KEYS
        # A label that is no truth value is a class or a name: not read.
        if key in weights:
            known = str(item[key]).strip().lower() in NO | YES
        if not known and not is_empty(item[key]):
            note_unread(repr(key))
