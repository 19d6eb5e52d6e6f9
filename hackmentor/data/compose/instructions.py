"""Tells advice that somebody can follow from statements, truisms and what has been overtaken."""

import re

from hackmentor.data.prose import BRACKETS, split_sentences, trim_to_sentences

VERBS = """
    accept actively add adjust allow allowlist always analyze apply assign assume audit automatically avoid be block
    build call carefully change check choose clean clear clearly clone close compare compile conduct configure
    consider continuously control create declare define delegate delete deny denylist deploy design destroy
    determine develop disable disallow divide do documents drop employ enable encapsulate encode encrypt enforce
    ensure escape establish examine exercise explicitly filter follow forbid force forward frequently fully generate
    grant handle harden have identify implement include initialize inspect install invalidate inventory isolate keep
    let leverage limit load lock maintain make manage map mark minimize modify monitor move never only perform
    periodically place preemptively prevent proactively prohibit properly protect provide put randomize re-evaluate
    reduce refactor refuse regularly reject release remove replace require reset resolve restrict return review
    revoke rotate routinely run sanitize scan search secure segment segregate select separate set sign specify split
    store strictly strip subject switch synchronize terminate test train treat trigger try turn uninstall update
    upgrade use utilize validate verify wait wherever wipe wrap write
"""
IMPERATIVE = re.compile(rf"(?:{'|'.join(VERBS.split())})\b", re.IGNORECASE)
# A condition or a place may come first: "In cloud environments, ensure ...".
PREFIXED = re.compile(
    r"(?:if|when|where|wherever|whenever|in|on|for|to|during|before|after|with|by|at|as|while|once)\b[^.]*?,\s+(?:then\s+)?(.*)",
    re.IGNORECASE | re.DOTALL,
)
OBLIGATION = re.compile(r"\b(?:should|must|shall|has to be|have to be)\b(?! also)", re.IGNORECASE)
# What attackers must do is nobody's duty.
DESCRIBED = re.compile(r"(?:an |the )?(?:adversar|attacker|intruder)", re.IGNORECASE)
# What leaves open what has to be done.
TRUISM = re.compile(
    r"\betc\b|appropriate (?:security )?mechanism|should anticipate|may consider|consider weighing|mirrors? that of|"
    r"where appropriate|various |certain techniques|refer to NIST|secure practices|security best practices\.$|"
    r"best practices|forward and reverse DNS|(?:ensur\w+|proper) (?:proper )?security configuration|"
    r"all possible vulnerab|mitigation actions|zero-knowledge|"
    r"^use multi-factor authentication (?:wherever possible|for user)|"
    r"use a (?:language|tool)s? that|^understand |be aware|standard practices|any discrepancies",
    re.IGNORECASE,
)
# Products, versions and methods that nobody should be sent to any more.
OVERTAKEN = re.compile(
    r"\bboost\b|\bESAPI\b|\bFlash\b|Internet Explorer|\bXP\b|Server 200[038]|register_globals|SafeStr|"
    r"FIPS 140-[12]|\bPHP [3456]\b|\bStruts\b|\bActiveX\b|\bSSL ?v?[23]\b|StackGuard|ProPolice|Libsafe|import_request|"
    r"\bTelnet\b|Windows (?:7|8|Vista|2000)\b|\bEMET\b|AlwaysInstallElevated|\bMD5\b|\bapplets?\b|Strsafe|Vstr",
    re.IGNORECASE,
)
# What follows takes the advice back: without it the advice would be another.
TAKES_BACK = re.compile(r"(?:But|However|Otherwise|Unless|Although|If (?:you must|this is not|that is not|not))\b")


def is_instruction(sentence: str) -> bool:
    """Whether a sentence tells somebody to do one definite thing that is still right to do."""
    if TRUISM.search(BRACKETS.sub("", sentence)) or OVERTAKEN.search(sentence):
        return False
    if DESCRIBED.match(sentence):
        return False
    inner = PREFIXED.match(sentence)
    orders = IMPERATIVE.match(sentence) or (inner and IMPERATIVE.match(inner[1]))
    return bool(orders or OBLIGATION.search(sentence))


def trim_advice(text: str, max_words: int) -> str:
    """The advice cut at `max_words`; empty where it is none, is overtaken, or would say the opposite when cut."""
    cut = trim_to_sentences(text, max_words)
    first, *_ = split_sentences(cut.split("\n")[0]) or [""]
    if not is_instruction(first) or OVERTAKEN.search(cut) or TRUISM.search(BRACKETS.sub("", cut)):
        return ""
    rest = text.strip()[len(cut.rstrip(".")) :].lstrip(". \n")
    return "" if TAKES_BACK.match(rest) else cut
