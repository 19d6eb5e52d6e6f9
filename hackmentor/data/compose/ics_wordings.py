"""Wordings about control systems, and what to check at each kind of asset; written by hand."""

from collections.abc import Mapping

# As they stand after `the`.
ASSET_NAMES: Mapping[str, str] = {
    "Control Server": "control server",
    "Data Historian": "data historian",
    "Engineering Workstation": "engineering workstation",
    "Field Controller / RTU / PLC / IED": "field controller (RTU/PLC/IED)",
    "Human-Machine Interface": "human-machine interface (HMI)",
    "Input/Output Server": "I/O server",
    "Safety Instrumented System / Protection Relay": "safety instrumented system or protection relay",
}
SAFETY = (
    "If {name} is suspected, the shift leader decides first: a safe state of the process comes before evidence.",
    "{name} can put people in danger: tell operations before anybody touches a device, and pull no plug alone.",
    "Treat a hit for {id} as a matter of safety; scans and restarts wait until operations agree.",
)
AT_ONCE = (
    "Look for {id} passively, since an active scan can stop old devices.",
    "Tell operations that you look for {id}: any response needs their window.",
    "Agree with operations on what happens at a hit for {id} before the rule goes live.",
)
ON_ASSETS = ("It applies to the {assets}.", "{id} concerns the {assets}.", "MITRE lists it for the {assets}.")
MEASURES = ("Against it:", "Measures that are named:", "What helps:")
ASSET_EXPOSED = (
    "For {tactic}, attackers have {names} at the {asset}, which stands at {levels} of the Purdue model.",
    "At {levels} of the Purdue model, the {asset} is open to {tactic} by {names}.",
    "{tactic} against the {asset} ({levels} in the Purdue model) means {names}.",
)
ASSET_CHECK: Mapping[str, str] = {
    "ics-asset-control-server": "Check first who may log on to the control server, and from which zone.",
    "ics-asset-data-historian": "Check first whether the historian's copy for the office stands in a DMZ, and that no "
    "session leads from there back into control.",
    "ics-asset-engineering-workstation": "Check first whether the engineering laptop reads mail or leaves the site; if "
    "so, it is the shortest way to the controllers.",
    "ics-asset-field-controller-rtu-plc-ied": "Check first the mode switch of the controllers: in RUN with the key "
    "out, a download needs somebody at the cabinet.",
    "ics-asset-human-machine-interface": "Check first that the HMI runs without administrator's rights and shows "
    "nothing from the internet.",
    "ics-asset-input-output-server": "Check first which stations the I/O server accepts as masters, and cut the rest.",
    "ics-asset-safety-instrumented-system-protection-relay": "Check first that the safety system shares no network and "
    "no engineering station with control.",
}
TECHNIQUE = (
    "What is {label} in ATT&CK for ICS?",
    "Explain {label} to a plant engineer: what happens, and where?",
    "Which assets does {label} concern?",
    "Our OT risk list has {label}. What does it mean for us?",
)
DETECT = (
    "How would we notice {label} in a plant?",
    "Write a short detection note for {label}.",
    "We run a plant. Which sign would give {label} away?",
    "The OT SOC asks what to watch for {label}.",
    "What does {label} look like to somebody who watches the control network?",
)
ASSET = (
    "What is the {asset} exposed to when it comes to {tactic}?",
    "Threat-model the {asset}: which techniques fall under {tactic}?",
    "We assess the {asset}. Which {tactic} techniques do we consider?",
)
