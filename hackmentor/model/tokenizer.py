"""Load the tokenizer of a model folder. Needs no weights and, where the folder allows it, no torch."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hackmentor.model.tokenizer_checks import refuse_harmful_tokenizer
from hackmentor.prompts.prefix_space import get_prefix_space, is_llama_like, set_prefix_space
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_SPECIAL_TOKENS = ("bos_token", "eos_token", "unk_token", "pad_token")
# How a template that we saved begins; see prompts/templates.py.
_OUR_TEMPLATE = "{%- set system_prompt = "


def load_tokenizer(folder: Path, *, trust_remote_code: bool = False) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder, with a padding token (batched generation needs one).

    Raises:
        UserError: if it can't be loaded; with the folder and the reason.
    """
    try:
        tokenizer = _load_from_folder(folder, trust_remote_code)
    except UserError:
        raise
    except Exception as error:  # transformers and tokenizers raise what they meet, from KeyError to a bare Exception
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(
            f"{folder}: its tokenizer can't be loaded ({reason}); fetch or save the folder again"
        ) from error
    if not tokenizer.is_fast:
        raise UserError(
            f"{folder}: its tokenizer is written in Python ({type(tokenizer).__name__}) and does not say where in a "
            "text a token stands, which the loss mask needs; give the folder a tokenizer.json"
        )
    refuse_harmful_tokenizer(folder, tokenizer)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    return tokenizer


def read_generation_stop_ids(folder: Path) -> tuple[int, ...]:
    """The tokens that end an answer according to a model folder's generation_config.json; empty without one."""
    ids = (read_json_object(folder / "generation_config.json") or {}).get("eos_token_id")
    return () if ids is None else tuple(ids) if isinstance(ids, list) else (int(ids),)


def check_tokens_have_embeddings(folder: Path, tokenizer: PreTrainedTokenizerBase, written: Collection[int]) -> None:
    """Checks that a model knows every token that a conversation can have.

    A tokenizer may have fewer tokens than the model has embeddings, and it may have more, if nothing makes the surplus:
    Gemma 3's has a token for images that the model of text alone lacks.

    Args:
        folder: of the model, with config.json.
        tokenizer: with which conversations are encoded.
        written: the tokens that the template writes.

    Raises:
        UserError: naming a token that the template writes or text can contain, and that has no embedding.
    """
    config = read_json_object(folder / "config.json") or {}
    size = config.get("vocab_size") or (config.get("text_config") or {}).get("vocab_size")
    if size is None or len(tokenizer) <= size:
        return
    added = tokenizer.added_tokens_decoder
    text_tokens = {index for index in range(size, len(tokenizer)) if index not in added or not added[index].special}
    for index in sorted({*text_tokens, *(index for index in written if index >= size)}):
        raise UserError(
            f"{folder}: the tokenizer has {len(tokenizer):,} tokens and the model {size:,} embeddings, so that "
            f"{tokenizer.convert_ids_to_tokens(index)!r} (token {index:,}) has none; take a template that does not "
            "write it, or resize the embeddings of the model (resize_token_embeddings in transformers) and save it"
        )


def check_saving_keeps_ids(tokenizer: PreTrainedTokenizerBase) -> None:
    """Checks that a tokenizer, saved beside what is trained with it and loaded again, gives each token its number.

    A tokenizer whose added tokens leave numbers out is numbered anew when it is loaded.

    Raises:
        UserError: naming a token with both of its numbers.
    """
    with TemporaryDirectory(prefix="hackmentor-tokenizer-") as folder:
        tokenizer.save_pretrained(folder)
        saved = load_tokenizer(Path(folder)).get_vocab()
    for token, index in tokenizer.get_vocab().items():
        if saved.get(token) != index:
            raise UserError(
                f"{tokenizer.name_or_path}: its tokenizer can't be saved: token {index}, {token!r}, would be loaded as "
                f"{saved.get(token, 'none')}, so that what is trained would be asked otherwise. Its added tokens must "
                "have the numbers that follow those of its vocabulary, without a gap"
            )


def _load_from_folder(folder: Path, trust_remote_code: bool) -> PreTrainedTokenizerBase:
    declared = read_json_object(folder / "tokenizer_config.json") or {}
    if "auto_map" not in declared:
        # tokenizer.json says all that a tokenizer does. The classes that AutoTokenizer chooses by name build some of it
        # anew and may differ: its LlamaTokenizer moves the prefix space. And it imports torch.
        if (folder / "tokenizer.json").is_file():
            return _load_tokenizer_json(folder, declared)
        if (folder / "tokenizer.model").is_file() and _is_llama_class(declared):
            from hackmentor.model.sentencepiece_bpe import build_from_sentencepiece

            if (tokenizer := build_from_sentencepiece(folder, declared)) is not None:
                return tokenizer
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code)


def _load_tokenizer_json(folder: Path, declared: dict[str, Any]) -> PreTrainedTokenizerBase:
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    inner = tokenizer.backend_tokenizer
    if get_prefix_space(inner) == "first" and is_llama_like(inner):
        # `legacy` is the old prefix space, which transformers 5 forgets to write into tokenizer.json. HackMentor 0.1
        # saved its Llama cells with such a file, and trained them on the old one.
        ours = str(tokenizer.chat_template or "").startswith(_OUR_TEMPLATE) and _is_llama_class(declared)
        if declared.get("legacy") is True or ours:
            set_prefix_space(inner, "always")
    if tokenizer.eos_token is None:
        _complete_special_tokens(tokenizer, folder)
    return tokenizer


def _complete_special_tokens(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Takes special tokens that the folder does not name from the class that transformers has for it."""
    from transformers import AutoTokenizer

    by_class = AutoTokenizer.from_pretrained(folder)
    for name in _SPECIAL_TOKENS:
        token = getattr(by_class, name)
        if getattr(tokenizer, name) is None and token is not None and token in tokenizer.get_vocab():
            setattr(tokenizer, name, token)


def _is_llama_class(declared: dict[str, Any]) -> bool:
    return declared.get("tokenizer_class") in (None, "LlamaTokenizer", "LlamaTokenizerFast")
