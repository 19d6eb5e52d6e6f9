"""What the made-up incident reports of the indicators task are made of."""

from __future__ import annotations

from collections.abc import Mapping

COMPANIES = (
    "halden-logistics", "orbis-clinic", "northmill", "kestrel-foods", "tarn-insurance", "velo-retail", "brightwater",
    "stonegate-bank", "lumen-press", "axial-motors", "fernhill-school", "quarry-energy",
)  # fmt: skip

NAME_WORDS = (
    "sync", "update", "portal", "invoice", "secure", "static", "office", "parcel", "cloud", "badge", "relay", "metrics",
    "helpdesk", "archive", "drive", "payroll", "signin", "patch", "media", "report",
)  # fmt: skip

PATH_WORDS = (
    "gate", "load", "stage2", "wp-content", "auth", "img", "check", "task", "beacon", "drop", "docs", "panel", "setup",
)  # fmt: skip

MAILBOXES = ("billing", "no-reply", "hr", "ceo.office", "it-support", "accounts", "delivery", "scan01")

HEADS = (
    "Incident {number}, {owner}: notes of the night shift",
    "Case {number} at {owner}",
    "From: csirt@{owner}\nSubject: findings so far, ticket {number}",
    "Report {number}. Affected organisation: {owner}.",
    "{owner} / investigation {number} / summary for partners",
)

SENTENCES: Mapping[str, tuple[str, ...]] = {
    "ipv4": (
        "Beacons went to {value} every ten minutes.",
        "{host} kept a connection open to {value} on port 443.",
        "The first login with the stolen account came from {value}.",
        "Netflow shows 2.1 GB leaving for {value}.",
        "We saw RDP guesses from {value} all weekend.",
        "{value} answered as the command server.",
    ),
    "domain": (
        "The implant resolves {value} at start.",
        "DNS logs of {host} hold 412 queries for {value}.",
        "Its configuration names {value} as the fallback server.",
        "The page that asked for passwords was hosted at {value}.",
        "A certificate for {value} had been issued the day before.",
        "Lookups of {value} stopped when {host} was isolated.",
    ),
    "url": (
        "The macro fetched its second stage from {value}.",
        "Users who clicked landed on {value}",
        "curl on {host} was told to download {value}",
        "Stolen files were posted to {value}",
        "The shortcut opens {value} in a hidden window.",
        "Proxy logs of {host} show a request for {value}",
    ),
    "email": (
        "The lure was sent by {value} to eleven people.",
        "Replies were redirected to {value} by an inbox rule.",
        "{value} asked accounting to change the bank details.",
        "The sender was {value}, and SPF failed.",
        "A second message came from {value} an hour later.",
    ),
    "md5": (
        "The dropper has MD5 {value}.",
        "Its MD5 is {value}; no vendor knew it that morning.",
        "On {host} we found the same loader (MD5 {value}).",
        "MD5 of the attachment: {value}",
    ),
    "sha256": (
        "SHA-256 of the payload: {value}",
        "The file on {host} hashes to {value} (SHA-256).",
        "{value} is the SHA-256 of the encryptor.",
        "The tool's SHA-256 is {value}.",
    ),
    "cve": (
        "Entry was through {value} on the gateway.",
        "The exploit used is for {value}, patched in March.",
        "{host} had not been patched against {value}.",
        "Local rights were raised with {value}.",
    ),
    "file": (
        "The attachment was called {value}.",
        "{value} was written to the temp folder of {host}.",
        "A scheduled task starts {value} at logon.",
        "The archive held one file, {value}.",
        "{host} ran {value} twice.",
    ),
}

PRIVATE = (
    "The jump host at {value} is ours and was not touched.",
    "Scans were seen from inside, out of {value}.",
    "The victim's workstation had the address {value}.",
)

VERSIONS = (
    "The machine ran build {value}.",
    "The agent on it was version {value}.",
    "After the update to version {value} the alerts stopped.",
)

OWN = (
    "Our own {value} was used as the decoy in the drill last year and plays no part here.",
    "Staff noticed because {value} was slow.",
    "The password reset was done through {value}.",
)

NOISE = (
    "The helpdesk had taken three calls before anyone looked.",
    "No ransom note was found.",
    "Backups were reachable and are being checked.",
    "{host} was reimaged on Tuesday.",
    "The user says nothing was opened; the logs disagree.",
    "Two accounts were disabled and their sessions ended.",
    "Management was told at noon.",
    "The firewall team blocks outbound SMB since last month.",
    "We keep the disk image for ninety days.",
    "It is not known yet whether data left the network.",
    "{host} has no endpoint agent.",
    "The on-call engineer joined at half past four.",
)
