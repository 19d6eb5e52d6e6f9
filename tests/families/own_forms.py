"""Chat templates that no package carries, written here in the form of their families.

The spaces, line breaks and tokens are those of the families; what concerns tools, images and thoughts is left out.
"""

from __future__ import annotations

_ALTERNATE = (
    "{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception('roles must alternate') }}"
    "{%- endif %}\n"
)
# Each exchange has BOS and EOS of its own; the system message stands in the first question.
LLAMA2 = (
    "{%- set first = '' %}\n"
    "{%- if messages[0].role == 'system' %}\n"
    "{%- set first = '<<SYS>>\\n' ~ messages[0].content ~ '\\n<</SYS>>\\n\\n' %}{%- set messages = messages[1:] %}\n"
    "{%- endif %}\n"
    "{%- for message in messages %}\n"
    f"{_ALTERNATE}"
    "{%- if message.role == 'user' %}\n"
    "{{- bos_token ~ '[INST] ' ~ ((first if loop.first else '') ~ message.content).strip() ~ ' [/INST]' }}\n"
    "{%- else %}{{- ' ' ~ message.content.strip() ~ ' ' ~ eos_token }}\n"
    "{%- endif %}\n"
    "{%- endfor %}\n"
)
# Refuses a system message, and puts a space behind each end.
MISTRAL = (
    "{{- bos_token }}\n"
    "{%- for message in messages %}\n"
    f"{_ALTERNATE}"
    "{%- if message.role == 'user' %}{{- '[INST] ' ~ message.content ~ ' [/INST]' }}\n"
    "{%- elif message.role == 'assistant' %}{{- message.content ~ eos_token ~ ' ' }}\n"
    "{%- else %}{{- raise_exception('only user and assistant') }}\n"
    "{%- endif %}\n"
    "{%- endfor %}\n"
)
PHI4 = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' ~ message.role ~ '<|im_sep|>' ~ message.content ~ '<|im_end|>' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant<|im_sep|>' }}{%- endif %}"
)
# Behind a whole conversation it writes the end of a text.
PHI4_MINI = (
    "{%- for message in messages %}{{- '<|' ~ message.role ~ '|>' ~ message.content ~ '<|end|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- else %}{{- eos_token }}{%- endif %}"
)
# Its marks surround the role too; it takes line breaks before an answer away, and nothing else.
SMOLLM3 = (
    '{%- set today = strftime_now("%d %B %Y") %}\n'
    "{{- '<|im_start|>system\\n## Metadata\\n\\nToday Date: ' ~ today ~ '\\nReasoning Mode: /no_think\\n\\n' }}\n"
    "{%- if messages[0].role == 'system' %}{{- messages[0].content.rstrip() ~ '\\n\\n' }}"
    "{%- set messages = messages[1:] %}{%- endif %}\n"
    "{{- '<|im_end|>\\n' }}\n"
    "{%- for message in messages %}\n"
    "{%- if message.role == 'assistant' %}\n"
    "{%- generation %}{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n' }}"
    "{{- message.content.lstrip('\\n') ~ '<|im_end|>\\n' }}{%- endgeneration %}\n"
    "{%- else %}{{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>\\n' }}\n"
    "{%- endif %}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n' }}{%- endif %}\n"
)
