"""What a configuration may hold: the types and ranges of every key under conf/.

Hydra composes the YAML; these models check the result, so that a wrong key, type or range is found before torch is
imported. Rules that concern several keys at once are in `hackmentor.config.rules`.
"""

from hackmentor.config.schema.base import Base, Checkpoint, Geometry, Package, Size
from hackmentor.config.schema.chatting import Chat, ChatConfig, Web
from hackmentor.config.schema.config import Config, Paths
from hackmentor.config.schema.data import Data, Inspect
from hackmentor.config.schema.endpoint import EndpointSettings
from hackmentor.config.schema.evaluation import (
    ContestantEndpoint,
    Evaluate,
    ExamSettings,
    HumanJudgeSettings,
    JudgeSettings,
    LlmJudgeSettings,
    Rate,
    ReferenceJudgeSettings,
    SafetySettings,
)
from hackmentor.config.schema.export import Export, Format, GgufType, MergedType, OllamaFormat
from hackmentor.config.schema.grid import GridSettings
from hackmentor.config.schema.launching import RaySettings, SlurmSettings
from hackmentor.config.schema.method import Full, Lora, Quant
from hackmentor.config.schema.planning import Plan
from hackmentor.config.schema.reviewing import Review
from hackmentor.config.schema.section import Name, Section, Shape
from hackmentor.config.schema.teaching import BrainstormJob, ConsultJob, DialoguesJob, ExpandJob, Teacher, TeacherJob
from hackmentor.config.schema.tracking import LoggerTracker, NoTracker, Sync, WandbTracker
from hackmentor.config.schema.training import Optimizer, Train, TrainerSettings

__all__ = [
    "Base",
    "BrainstormJob",
    "Chat",
    "ChatConfig",
    "Checkpoint",
    "Config",
    "ConsultJob",
    "ContestantEndpoint",
    "Data",
    "DialoguesJob",
    "EndpointSettings",
    "Evaluate",
    "ExamSettings",
    "ExpandJob",
    "Export",
    "Format",
    "Full",
    "Geometry",
    "GgufType",
    "GridSettings",
    "HumanJudgeSettings",
    "Inspect",
    "JudgeSettings",
    "LlmJudgeSettings",
    "LoggerTracker",
    "Lora",
    "MergedType",
    "Name",
    "NoTracker",
    "OllamaFormat",
    "Optimizer",
    "Package",
    "Paths",
    "Plan",
    "Quant",
    "Rate",
    "RaySettings",
    "ReferenceJudgeSettings",
    "Review",
    "SafetySettings",
    "Section",
    "Shape",
    "Size",
    "SlurmSettings",
    "Sync",
    "Teacher",
    "TeacherJob",
    "Train",
    "TrainerSettings",
    "WandbTracker",
    "Web",
]
