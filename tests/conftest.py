"""Small real models for every test: built from configurations, seeded, in the hub's layout.

Heavy imports are inside the fixtures: tests that need no weights stay fast.
"""

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedTokenizerFast

settings.register_profile("seeded", derandomize=True, deadline=None)  # no test is timed
settings.load_profile("seeded")

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CORPUS = (
    "Answer with the final answer only.",
    "Take the last letters of the words in a name and concatenate them.",
    "A coin is heads up. Somebody flips the coin. Is the coin still heads up? yes no",
    "What is the product of 123 and 456? The answer is 56088.",
    "system user assistant question answer number letter 0 1 2 3 4 5 6 7 8 9",
)


def chat_tokenizer() -> "PreTrainedTokenizerFast":
    """Byte-level BPE of some 400 tokens, with ChatML's marks."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def save_model(folder: Path, config: "PreTrainedConfig") -> Path:
    """A causal LM with seeded random weights, and the chat tokenizer, as the hub lays them out."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    tokenizer = chat_tokenizer()
    config.vocab_size = len(tokenizer)
    config.eos_token_id = tokenizer.eos_token_id
    config.bos_token_id = None
    config.pad_token_id = tokenizer.pad_token_id
    AutoModelForCausalLM.from_config(config).bfloat16().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model of two layers that attend fully: System 1 and System 2 in the small."""
    from transformers import Qwen2Config

    config = Qwen2Config(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,  # far apart: rounding to bf16 seldom changes the likeliest token
        tie_word_embeddings=False,
    )
    return save_model(tmp_path_factory.mktemp("tiny-model"), config)


@pytest.fixture(scope="session")
def other_tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another base, of another width."""
    from transformers import Qwen2Config

    config = Qwen2Config(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
    )
    return save_model(tmp_path_factory.mktemp("other-tiny-model"), config)


@pytest.fixture(scope="session")
def tiny_sliding_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose layers see the last 16 tokens only."""
    from transformers import MistralConfig

    config = MistralConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        sliding_window=16,
        initializer_range=0.2,
    )
    return save_model(tmp_path_factory.mktemp("tiny-sliding-model"), config)


@pytest.fixture(scope="session")
def tiny_repeating_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that attends fully, but not through transformers' attention interface."""
    from transformers import GPTJConfig

    config = GPTJConfig(
        n_embd=64, n_layer=2, n_head=4, rotary_dim=8, n_positions=512, initializer_range=0.2
    )
    return save_model(tmp_path_factory.mktemp("tiny-repeating-model"), config)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder: BERT of two layers, mean pooling, unit vectors of 32."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    bert = tmp_path_factory.mktemp("tiny-bert")
    # Spelled out, not trained: WordPieceTrainer breaks ties anew in every process.
    words = {word for line in CORPUS for word in re.findall(r"[a-z]+|[^a-z\s]", line.lower())}
    signs = string.ascii_lowercase + string.digits + string.punctuation
    word_pieces = sorted({*words, *signs, *(f"##{sign}" for sign in signs)})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: i for i, piece in enumerate([*special, *word_pieces])}
    tokenizer = BertTokenizerFast(vocab=vocabulary)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(bert)
    tokenizer.save_pretrained(bert)
    folder = tmp_path_factory.mktemp("tiny-encoder")
    reader = Transformer(str(bert), max_seq_length=64)
    pooling = Pooling(reader.get_embedding_dimension(), pooling_mode="mean")
    SentenceTransformer(modules=[reader, pooling, Normalize()], device="cpu").save(str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home, named by the environment; pulled models stay where they are."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path / "home"
        folder.mkdir()
        patch.setenv("SECONDNATURE_HOME", str(folder))
        yield folder
