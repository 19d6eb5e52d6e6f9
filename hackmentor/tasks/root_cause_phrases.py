"""Phrases by which the text of a vulnerability tells its weakness, for the commonest weaknesses."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Weakness -> its short name, and a pattern of what decides for it.
PHRASES: Mapping[str, tuple[str, re.Pattern[str]]] = {
    cwe: (name, re.compile(pattern, re.IGNORECASE))
    for cwe, name, pattern in (
        ("CWE-22", "path traversal", r"(?:path|directory) traversal|\.\./|\.\. sequences?|dot[- ]dot"),
        (
            "CWE-78",
            "OS command injection",
            r"(?:OS|shell) (?:command|metacharacter)[\w ]*|shell metacharacters",
        ),
        (
            "CWE-79",
            "cross-site scripting",
            r"cross[- ]site scripting|XSS|inject(?:ion of)? (?:arbitrary )?(?:web script|HTML|script)",
        ),
        ("CWE-89", "SQL injection", r"SQL injection|(?:SQL|sql) (?:commands?|statements?|quer(?:y|ies))"),
        ("CWE-94", "code injection", r"(?:code|PHP|script) injection|inject (?:arbitrary )?(?:PHP |Python )?code"),
        ("CWE-120", "copy without a check of size", r"classic buffer overflow|buffer copy without|strcpy"),
        ("CWE-121", "stack overflow", r"stack[- ]based (?:buffer )?overflow|stack buffer overflow"),
        ("CWE-122", "heap overflow", r"heap[- ]based (?:buffer )?overflow|heap buffer overflow|heap overflow"),
        ("CWE-125", "out-of-bounds read", r"out[- ]of[- ]bounds read|buffer over-?read|reads? (?:past|beyond) the end"),
        ("CWE-134", "format string", r"format string"),
        ("CWE-190", "integer overflow", r"integer overflow|integer wrap"),
        ("CWE-191", "integer underflow", r"integer underflow"),
        (
            "CWE-200",
            "exposure of information",
            r"(?:disclos|expos|leak)\w* (?:of )?(?:sensitive|confidential|private) (?:information|data)",
        ),
        ("CWE-269", "wrong management of privileges", r"improper privilege management|does not drop privileges"),
        (
            "CWE-276",
            "wrong default permissions",
            r"(?:world|group)[- ]writ(?:e)?able|insecure (?:default )?permissions|default permissions",
        ),
        ("CWE-284", "wrong access control", r"improper access control"),
        (
            "CWE-287",
            "wrong authentication",
            r"improper authentication|authentication bypass|bypass(?:es|ing)? (?:of )?authentication",
        ),
        (
            "CWE-295",
            "wrong validation of a certificate",
            r"certificate validation|(?:verify|validate|check)\w* (?:\w+ ){0,4}certificates?",
        ),
        ("CWE-306", "no authentication", r"(?:without|missing|no|lacks?|not require) (?:any )?authentication"),
        ("CWE-319", "transmission in the clear", r"clear[- ]?text|unencrypted (?:connection|HTTP|channel)"),
        ("CWE-326", "weak encryption", r"weak encryption|(?:40|56|64)-bit"),
        ("CWE-327", "broken cryptography", r"\b(?:DES|RC4|MD5|SHA-?1|ECB)\b|broken or risky"),
        ("CWE-330", "predictable values", r"predictable|insufficiently random"),
        ("CWE-352", "cross-site request forgery", r"cross[- ]site request forgery|CSRF"),
        ("CWE-362", "race condition", r"race condition|concurrent"),
        ("CWE-367", "check before use", r"TOCTOU|time[- ]of[- ]check"),
        ("CWE-369", "division by zero", r"divi(?:de|sion)[- ]by[- ]zero"),
        ("CWE-384", "session fixation", r"session fixation|fixat\w+"),
        (
            "CWE-400",
            "exhaustion of resources",
            r"(?:resource|memory|CPU) (?:exhaustion|consumption)|consume\w* (?:all|excessive)",
        ),
        ("CWE-401", "memory leak", r"memory leak"),
        ("CWE-415", "double free", r"double free|frees? (?:\w+ ){0,3}twice"),
        ("CWE-416", "use after free", r"use[- ]after[- ]free|dangling pointer|freed (?:memory|pointer|object)"),
        ("CWE-426", "untrusted search path", r"untrusted search path|search path"),
        (
            "CWE-434",
            "unrestricted upload",
            r"(?:unrestricted|arbitrary) (?:file )?upload\w*|upload\w* (?:\w+ ){0,3}(?:executable|\.php|dangerous)",
        ),
        ("CWE-476", "null pointer dereference", r"null[- ]?(?:pointer)? dereference|NULL pointer"),
        ("CWE-502", "deserialisation of untrusted data", r"deserializ\w+|deserialis\w+|unserialize"),
        (
            "CWE-522",
            "poorly protected credentials",
            r"(?:weak|insufficiently|poorly) protect\w* (?:credentials|passwords?)",
        ),
        ("CWE-601", "open redirect", r"open redirect|redirect\w* (?:users? )?to (?:arbitrary|malicious|untrusted)"),
        ("CWE-611", "XML external entity", r"XML external entit\w+|XXE"),
        (
            "CWE-639",
            "key that the user controls",
            r"(?:insecure direct object|IDOR)|user-controlled key|another user's",
        ),
        ("CWE-732", "wrong permissions", r"(?:incorrect|insecure|weak) (?:file )?permissions?|world[- ]readable"),
        (
            "CWE-770",
            "allocation without a limit",
            r"without (?:a |any )?limits?|unlimited|does not (?:limit|restrict) (?:the )?(?:number|size|amount)",
        ),
        (
            "CWE-787",
            "out-of-bounds write",
            r"out[- ]of[- ]bounds write|memory corruption|writes? (?:past|beyond) the end",
        ),
        ("CWE-798", "hard-coded credentials", r"hard-?coded"),
        (
            "CWE-862",
            "no authorisation",
            r"missing authori[sz]ation|does not (?:check|verify) (?:\w+ ){0,3}(?:permission|privilege)s?",
        ),
        ("CWE-863", "wrong authorisation", r"incorrect authori[sz]ation"),
        ("CWE-918", "server-side request forgery", r"server[- ]side request forgery|SSRF"),
        ("CWE-1321", "prototype pollution", r"prototype pollution"),
    )
}
