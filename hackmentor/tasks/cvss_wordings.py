"""What the values of CVSS 3.1 are called, what they weigh, and how a text tells them."""

from __future__ import annotations

from collections.abc import Mapping

# Metric -> value -> ways to tell it, each in words that no other value is told with.
METRICS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AV": {
        "N": ("the service can be reached from the internet", "a request over the routed network is enough"),
        "A": (
            "the attacker must be on the same Wi-Fi or VLAN",
            "only hosts of the same broadcast domain can send the frame",
        ),
        "L": ("the attacker runs a program on the machine itself", "a local file must be opened on the machine"),
        "P": ("somebody has to plug a device into the port by hand", "the board must be opened and touched"),
    },
    "AC": {
        "L": ("it works each time without preparation", "the exploit succeeds at once against any installation"),
        "H": ("a race has to be won first", "it depends on a secret value that must be learnt beforehand"),
    },
    "PR": {
        "N": ("no account is needed", "no login stands before it"),
        "L": ("an ordinary user's account is required", "any registered user may call it"),
        "H": ("an administrator's account is required", "only who already manages the system can call it"),
    },
    "UI": {
        "N": ("no victim has to do anything", "it runs without anybody's help"),
        "R": ("a victim has to click a link", "another user must open the page"),
    },
    "S": {
        "U": (
            "the effect stays in the vulnerable component",
            "nothing beyond the component's own authority is reached",
        ),
        "C": ("the effect reaches a component under another authority", "it breaks out of the sandbox into the host"),
    },
    "C": {
        "N": ("no data can be read", "nothing confidential comes out"),
        "L": ("a few records leak that the attacker can't choose", "some restricted details can be read, not all"),
        "H": ("all stored data can be read", "every secret of the component is disclosed"),
    },
    "I": {
        "N": ("nothing can be changed", "data stay as they are"),
        "L": (
            "some fields can be altered without serious effect",
            "the attacker can modify a limited part of the data",
        ),
        "H": ("any file can be overwritten", "the attacker decides what all data say"),
    },
    "A": {
        "N": ("the service keeps running as before", "availability does not suffer"),
        "L": ("responses become slow at times", "single requests fail, the service as a whole goes on"),
        "H": ("the service is down until it is restarted by hand", "the attacker can deny the component to everyone"),
    },
}
VALUE_NAMES: Mapping[str, Mapping[str, str]] = {
    "AV": {"N": "network", "A": "adjacent", "L": "local", "P": "physical"},
    "AC": {"L": "low", "H": "high"},
    "PR": {"N": "none", "L": "low", "H": "high"},
    "UI": {"N": "none", "R": "required"},
    "S": {"U": "unchanged", "C": "changed"},
    "C": {"N": "none", "L": "low", "H": "high"},
    "I": {"N": "none", "L": "low", "H": "high"},
    "A": {"N": "none", "L": "low", "H": "high"},
}
# Table 15 of the specification; of PR those with an unchanged scope.
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"N": 0.0, "L": 0.22, "H": 0.56},
    "I": {"N": 0.0, "L": 0.22, "H": 0.56},
    "A": {"N": 0.0, "L": 0.22, "H": 0.56},
}
SUBJECTS = (
    "A flaw in a document converter.",
    "The finding concerns the device management console.",
    "A library for image decoding is affected.",
    "This is about the backup agent.",
    "The weakness sits in the message broker.",
    "A billing portal has this flaw.",
    "The firmware of a gateway is affected.",
    "It was found in the container runtime.",
)
SCORE = (
    "What is the base score of this vector? Show the calculation.",
    "Compute the CVSS 3.1 base score.",
    "Score this vector and rate its severity.",
    "A report gives only the vector. Which score belongs to it?",
)
VECTOR = (
    "Give the CVSS 3.1 base vector of this vulnerability, metric by metric.",
    "Turn the description into a CVSS 3.1 base vector.",
    "How would you rate this by CVSS 3.1? Justify each metric.",
    "Write the base vector that fits what is told here.",
)
VECTOR_FROM_RECORD = (
    "Which CVSS 3 base vector fits this published vulnerability?",
    "Rate this CVE by the base metrics of CVSS 3.1.",
    "Read the record and give its base vector.",
)
COMPARE = (
    "Which of the two vulnerabilities has the higher base score, and why?",
    "Compare the two vectors.",
    "Two findings, one maintenance window. Which has the higher CVSS 3.1 base score?",
)
