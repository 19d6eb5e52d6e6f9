"""The schema of the configuration: the types and ranges of every key in conf/.

Hydra composes the YAML; these models check the result, so that a wrong key, type or range is found before torch is
imported. Rules that concern several keys at once are in `hackmentor.config.rules`.
"""

from hackmentor.config.schema.base import (
    BaseCheckpoint,
    BaseFamilySettings,
    GeometrySettings,
    SizeSettings,
    WeightsPackage,
)
from hackmentor.config.schema.chatting import ChatConfig, ChatSettings, WebSettings
from hackmentor.config.schema.config import Config, PathSettings
from hackmentor.config.schema.data import DataSettings, InspectSettings
from hackmentor.config.schema.endpoint import EndpointSettings
from hackmentor.config.schema.evaluation import (
    ContestantEndpoint,
    EvaluateSettings,
    ExamSettings,
    HumanJudgeSettings,
    JudgeSettings,
    LlmJudgeSettings,
    MarginSettings,
    MarkConfig,
    RateConfig,
    ReferenceJudgeSettings,
    SafetySettings,
)
from hackmentor.config.schema.export import ExportConfig, Format, GgufType, MergedType, OllamaFormat
from hackmentor.config.schema.fetching import FetchSettings
from hackmentor.config.schema.grid import GridSettings
from hackmentor.config.schema.launching import RaySettings, SlurmSettings
from hackmentor.config.schema.method import FullSettings, LoraSettings, QuantSettings
from hackmentor.config.schema.planning import PlanSettings
from hackmentor.config.schema.reviewing import ReviewSettings
from hackmentor.config.schema.section import Name, Section, Shape
from hackmentor.config.schema.teaching import (
    BrainstormJob,
    ConsultJob,
    DialoguesJob,
    ExpandJob,
    TeacherJob,
    TeacherSettings,
)
from hackmentor.config.schema.tracking import LoggerTracker, NoTracker, SyncConfig, WandbTracker
from hackmentor.config.schema.training import OptimizerSettings, TrainerSettings, TrainSettings

__all__ = [
    "BaseCheckpoint",
    "BaseFamilySettings",
    "BrainstormJob",
    "ChatConfig",
    "ChatSettings",
    "Config",
    "ConsultJob",
    "ContestantEndpoint",
    "DataSettings",
    "DialoguesJob",
    "EndpointSettings",
    "EvaluateSettings",
    "ExamSettings",
    "ExpandJob",
    "ExportConfig",
    "FetchSettings",
    "Format",
    "FullSettings",
    "GeometrySettings",
    "GgufType",
    "GridSettings",
    "HumanJudgeSettings",
    "InspectSettings",
    "JudgeSettings",
    "LlmJudgeSettings",
    "LoggerTracker",
    "LoraSettings",
    "MarginSettings",
    "MarkConfig",
    "MergedType",
    "Name",
    "NoTracker",
    "OllamaFormat",
    "OptimizerSettings",
    "PathSettings",
    "PlanSettings",
    "QuantSettings",
    "RateConfig",
    "RaySettings",
    "ReferenceJudgeSettings",
    "ReviewSettings",
    "SafetySettings",
    "Section",
    "Shape",
    "SizeSettings",
    "SlurmSettings",
    "SyncConfig",
    "TeacherJob",
    "TeacherSettings",
    "TrainSettings",
    "TrainerSettings",
    "WandbTracker",
    "WebSettings",
    "WeightsPackage",
]
