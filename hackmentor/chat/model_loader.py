"""Loads resolved models and starts conversations with them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from hackmentor.chat.chat_model import ChatModel, SamplingParams
from hackmentor.chat.conversation import Conversation
from hackmentor.chat.resolve_model import ResolvedModel
from hackmentor.chat.shared_base import SharedBase
from hackmentor.chat.turn_queue import TurnQueue
from hackmentor.config.schema import ChatConfig, ChatSettings, FullSettings
from hackmentor.evaluate.loaded_model import load_cell_base
from hackmentor.model.base import find_base_folder, load_base_template, load_saved_template
from hackmentor.model.identity import BaseIdentity, identify_base, refuse_altered_adapter
from hackmentor.model.tokenizer import check_tokens_have_embeddings, load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError


class ModelLoader:
    """Loads models; adapters on the same base, and the base itself, share its weights."""

    def __init__(self, chat: ChatSettings, seed: int) -> None:
        self._chat, self._queue = chat, TurnQueue()
        self._bases: dict[tuple[Path, str], tuple[SharedBase, BaseIdentity]] = {}
        torch.manual_seed(seed)

    def start_conversation(self, resolved: ResolvedModel) -> Conversation:
        """Starts a conversation with a model. Raises UserError like `load_model`."""
        chat = self._chat
        sampling = SamplingParams(
            chat.temperature, chat.top_k, chat.top_p, chat.repetition_penalty, chat.max_new_tokens
        )
        return Conversation(self.load_model(resolved), sampling, reserved_tokens=chat.answer_room, system=chat.system)

    def load_model(self, resolved: ResolvedModel) -> ChatModel:
        """Loads a model.

        Raises:
            UserError: if its base is missing or its adapter can't be applied to it, saying why.
        """
        try:
            return self._load_model(resolved)
        except ValueError as error:  # a damaged JSON file, for instance
            raise UserError(f"{resolved.name} can't be loaded: {str(error).splitlines()[0]}") from error

    def _load_model(self, resolved: ResolvedModel) -> ChatModel:
        config, adapter = resolved.config, resolved.adapter
        if adapter is not None and isinstance(
            config.method, FullSettings
        ):  # the folder holds a whole model, not an adapter
            refuse_altered_adapter(adapter)
            config = config.model_copy(update={"base": config.base.model_copy(update={"path": str(adapter)})})
            adapter = None
        shared, identity = self._load_base(config)
        return _build_chat_model(resolved, shared, None if adapter is None else shared.add_adapter(adapter, identity))

    def _load_base(self, config: ChatConfig) -> tuple[SharedBase, BaseIdentity]:
        folder = find_base_folder(config)
        key = folder, config.quant.name
        if key not in self._bases:
            # Hashing all weights takes as long as loading them.
            with ThreadPoolExecutor(1) as pool:
                identity = pool.submit(identify_base, config.untuned, folder)
                self._bases[key] = SharedBase(load_cell_base(config), self._queue), identity.result()
        return self._bases[key]


def _build_chat_model(resolved: ResolvedModel, shared: SharedBase, adapter_name: str | None) -> ChatModel:
    template = _load_template(resolved)
    # A tokenizer may have more tokens than its own base has embeddings (Gemma 3's has), so it is compared with the
    # tokenizer of that base.
    if len(template.tokenizer) > shared.vocab_size:
        folder = find_base_folder(resolved.config)
        known = len(load_tokenizer(folder, trust_remote_code=resolved.config.base.trust_remote_code))
        if len(template.tokenizer) > known:
            raise UserError(
                f"{resolved.adapter}: its tokenizer has {len(template.tokenizer):,} tokens, that of "
                f"{resolved.config.untuned} has {known:,}; it was trained on another base"
            )
        check_tokens_have_embeddings(folder, template.tokenizer, template.written_token_ids)
    return ChatModel(resolved.name, shared, adapter_name, template)


def _load_template(resolved: ResolvedModel) -> ChatTemplate:
    """The template saved with the adapter; without one that of the base for the shape of the data."""
    if resolved.adapter is not None:
        saved = load_saved_template(resolved.adapter, find_base_folder(resolved.config))
        if saved is not None:
            return saved
    return load_base_template(resolved.config, resolved.config.data.shape)
