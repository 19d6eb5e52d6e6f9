"""From participants to speakers with their weights loaded: the door where configuration ends."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from hackmentor.chat.chat_model import Sampling, Speaker
from hackmentor.chat.conversation import Conversation
from hackmentor.chat.resolve_model import Participant
from hackmentor.chat.shared_base import SharedBase
from hackmentor.config.schema import Chat, ChatConfig, Full
from hackmentor.evaluate.loaded_model import load as load_config
from hackmentor.model.base import base_folder, base_template
from hackmentor.model.identity import BaseIdentity, identify
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.runtime.errors import UserError


class Loader:
    """Begins conversations; those with adapters on one base, or with the base, share its weights."""

    def __init__(self, chat: Chat, seed: int) -> None:
        self._chat = chat
        self._bases: dict[tuple[Path, str], tuple[SharedBase, BaseIdentity]] = {}
        torch.manual_seed(seed)

    def conversation(self, who: Participant) -> Conversation:
        """A conversation with a participant that begins. Raises UserError as `speaker`."""
        chat = self._chat
        sampling = Sampling(chat.temperature, chat.top_k, chat.top_p, chat.repetition_penalty, chat.max_new_tokens)
        return Conversation(self.speaker(who), sampling, room=chat.answer_room, system=chat.system)

    def speaker(self, who: Participant) -> Speaker:
        """Loads a participant.

        Raises:
            UserError: if its base is nowhere or its adapter can't be put on it, saying why.
        """
        try:
            with warnings.catch_warnings():
                # PEFT asks transformers for what is renamed; it is not for the user to read.
                warnings.simplefilter("ignore", FutureWarning)
                return self._speaker(who)
        except ValueError as error:  # a damaged JSON file, for instance
            raise UserError(f"{who.name} can't be loaded: {str(error).splitlines()[0]}") from error

    def _speaker(self, who: Participant) -> Speaker:
        config, adapter = who.config, who.adapter
        if adapter is not None and isinstance(config.method, Full):  # it is a whole model
            config = config.model_copy(update={"base": config.base.model_copy(update={"path": str(adapter)})})
            adapter = None
        shared, identity = self._base(config)
        return _checked(who, shared, None if adapter is None else shared.put_on(adapter, identity))

    def _base(self, config: ChatConfig) -> tuple[SharedBase, BaseIdentity]:
        folder = base_folder(config)
        key = folder, config.quant.name
        if key not in self._bases:
            # Hashing all weights takes as long as loading them.
            with ThreadPoolExecutor(1) as pool:
                identity = pool.submit(identify, config.untuned, folder)
                self._bases[key] = SharedBase(load_config(config)), identity.result()
        return self._bases[key]


def _checked(who: Participant, shared: SharedBase, adapter: str | None) -> Speaker:
    template = _template(who)
    if len(template.tokenizer) > shared.vocabulary:
        raise UserError(
            f"{who.adapter}: its tokenizer has {len(template.tokenizer):,} tokens, {who.config.untuned} knows "
            f"{shared.vocabulary:,}; it was trained on another base"
        )
    return Speaker(who.name, shared, adapter, template)


def _template(who: Participant) -> ChatTemplate:
    """The template that an adapter was trained with, where it brings one; else that of its base for its data."""
    if who.adapter is not None and (who.adapter / "tokenizer_config.json").is_file():
        tokenizer = load_tokenizer(who.adapter)
        if tokenizer.chat_template:
            return ChatTemplate(tokenizer, str(tokenizer.chat_template))
    return base_template(who.config, who.config.data.shape)
