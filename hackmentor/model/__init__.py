"""The base model and the adapter on it: find, load, quantise, adapt, save, verify."""

import logging

# Set before bitsandbytes is imported. The first says before every layer of every step that LLM.int8 multiplies in
# 16 bit, which is its definition; the second that an optional package is not there.
for _name in ("bitsandbytes.autograd._functions", "bitsandbytes.backends.cpu.ops"):
    logging.getLogger(_name).setLevel(logging.ERROR)
