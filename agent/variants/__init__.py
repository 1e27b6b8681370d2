"""Questions changed in ways that must not change the answer, or change it in a known way.

Each kind of change fits few questions, and gives nothing for any other. Knows nothing of models,
votes or storage.
"""

from agent.variants.fitting import variants_of
from agent.variants.variant import Variant

__all__ = ["Variant", "variants_of"]
