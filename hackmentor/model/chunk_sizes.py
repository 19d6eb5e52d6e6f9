"""How many logits the loss computes at a time. Without torch, for `hackmentor plan` counts their memory."""

# Rows x vocabulary, by the type of the device. A GPU wants more work at once.
LOGITS_PER_CHUNK = {"cpu": 2**24, "cuda": 2**26}

# Tokens of the vocabulary whose logits a processor computes at a time: what its caches hold.
VOCABULARY_CHUNK = 8192


def get_logits_per_chunk(device_type: str) -> int:
    """The number of logits (rows x vocabulary) that exist at a time on a type of device."""
    return LOGITS_PER_CHUNK.get(device_type, LOGITS_PER_CHUNK["cuda"])
