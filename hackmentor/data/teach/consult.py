"""Role plays: the teacher speaks both a client and a security consultant, turn by turn.

In one play the client leads, with questions; in the other the consultant does, for a client who would not know what to
ask. The client's words become the user's, the consultant's the assistant's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hackmentor.data.hash_choice import hash_to_int
from hackmentor.data.teach.prompt import format_made_by, render_prompt
from hackmentor.data.teach.teaching_job import GetReply, SamplingSettings
from hackmentor.endpoint.completion import CompletionRequest
from hackmentor.records.record import Message, Record, format_json_line

Lead = Literal["client", "consultant"]
CLIENT_PROFILES = (
    "a hospital with 800 beds", "a town council of 60 staff", "a start-up of 12 people that sells software",
    "a maker of pumps with two plants", "a regional bank", "a law firm of 40", "a university department",
    "a chain of 30 shops with an online shop", "a charity that runs on volunteers", "a water utility",
    "a logistics company with 200 lorries", "a school with 900 pupils", "a news site", "a dental practice",
    "a games studio", "an airport's ground services",
)  # fmt: skip


@dataclass(frozen=True)
class ConsultGenerator:
    """Generates `count` role plays of `turns` exchanges, cycling through the categories and kinds of client."""

    categories: Sequence[str]
    sampling: SamplingSettings
    licence: str
    leads: Sequence[Lead]
    count: int
    turns: int
    name: str = "consult"
    result_file: str = "records.jsonl"

    @property
    def prompt_names(self) -> tuple[str, ...]:
        """The prompts of both roles, for each role that may lead."""
        return tuple(f"{role}_{lead}_leads" for lead in dict.fromkeys(self.leads) for role in ("client", "consultant"))

    @property
    def max_requests(self) -> int:
        """Two requests for each exchange."""
        return self.count * self.turns * 2

    def iter_requests(self, get_reply: GetReply) -> Iterator[CompletionRequest]:
        """The requests of every play, up to its first unanswered one."""
        for play in range(self.count):
            yield from (request for request, _ in self._iter_play(play, get_reply))

    def iter_result_lines(self, get_reply: GetReply) -> Iterator[str]:
        """The plays as turn records. A play that broke off keeps its complete exchanges."""
        for play in range(self.count):
            replies_so_far = [text for _, text in self._iter_play(play, get_reply) if text]
            if len(replies_so_far) > 1:
                yield format_json_line(self._build_record(play, replies_so_far))

    def _iter_play(self, play: int, get_reply: GetReply) -> Iterator[tuple[CompletionRequest, str]]:
        """Each request of a play with its reply; ends at the first without one."""
        replies_so_far: list[str] = []
        for place in range(self.turns * 2):
            request = self._build_request(play, place, replies_so_far)
            reply = get_reply(request)
            text = reply.text.strip() if reply and not reply.fault else ""
            yield request, text
            if not text:
                return
            replies_so_far.append(text)

    def _build_request(self, play: int, place: int, replies_so_far: Sequence[str]) -> CompletionRequest:
        role = "client" if place % 2 == 0 else "consultant"
        name, sampling = f"consult/{play:06d}/{place // 2 + 1}/{role}", self.sampling
        lead = self._choose_lead(play)
        system = render_prompt(
            f"{role}_{lead}_leads", client=self._choose_client(play), category=self._choose_category(play)
        )
        # To the role that speaks now, the lines of the other role are the user's.
        words: list[Message] = [
            {"role": "assistant" if at % 2 == place % 2 else "user", "content": text}
            for at, text in enumerate(replies_so_far)
        ]
        opening: list[Message] = [] if role == "consultant" else [{"role": "user", "content": "How can I help you?"}]
        messages: list[Message] = [{"role": "system", "content": system}, *opening, *words]
        return CompletionRequest(
            name, tuple(messages), sampling.max_tokens, sampling.temperature, sampling.derive_seed(name)
        )

    def _choose_lead(self, play: int) -> Lead:
        return self.leads[play % len(self.leads)]

    def _choose_category(self, play: int) -> str:
        return self.categories[play // len(self.leads) % len(self.categories)]

    def _choose_client(self, play: int) -> str:
        return CLIENT_PROFILES[hash_to_int(self.sampling.seed, "client", str(play)) % len(CLIENT_PROFILES)]

    def _build_record(self, play: int, replies_so_far: Sequence[str]) -> Record:
        whole = replies_so_far[: len(replies_so_far) // 2 * 2]
        messages: list[Message] = [
            {"role": "user" if at % 2 == 0 else "assistant", "content": text} for at, text in enumerate(whole)
        ]
        return Record(
            id=f"consult/{play:06d}",
            shape="turn",
            source="taught",
            upstream_id=f"consult/{play:06d}",
            upstream_version="",
            licence=self.licence,
            made_by=format_made_by(self.sampling.model, f"consultant_{self._choose_lead(play)}_leads"),
            task=f"taught.{self._choose_lead(play)} leads",
            messages=tuple(messages),
        )
