"""LoRA adapters beside one base network: put on by PEFT, never merged."""

import itertools
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peft import LoraConfig, PeftConfig, PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from transformers import PreTrainedModel

from models.errors import AdapterError, WrongBaseError
from models.loading import first_line
from models.manifest import MANIFEST, Manifest

_KEPT = 2
AdapterId = tuple[Path, int, int]
"""Tells an adapter from another that is put in its place later."""


class LoadedAdapters:
    """The adapters last used, and which of them the network answers with.

    Args:
        network: The base; its own weights are never changed.
        name: What the user calls it.
        fingerprint: Identity of its weights.
    """

    def __init__(self, network: PreTrainedModel, name: str, fingerprint: str) -> None:
        self._network = network
        self._name = name
        self._fingerprint = fingerprint
        self._peft: PeftModel | None = None
        self._loaded: OrderedDict[AdapterId, str] = OrderedDict()
        self._labels = (f"adapter{number}" for number in itertools.count())

    def use(self, adapter: Path | None) -> AdapterId | None:
        """Have the network answer with an adapter from here on.

        Args:
            adapter: A PEFT folder; None is the untouched base.

        Returns:
            What the adapter is; None for the base.

        Raises:
            AdapterError: The folder is missing or damaged.
            WrongBaseError: The adapter was trained on another base.
        """
        if adapter is None:
            if self._peft is not None:
                self._peft.base_model.disable_adapter_layers()
            return None
        identity = _identity(adapter)
        if identity not in self._loaded:
            self._check_base(adapter)
            self._loaded[identity] = self._load(adapter)
        self._loaded.move_to_end(identity)
        assert self._peft is not None  # noqa: S101 - set by _load
        self._peft.base_model.enable_adapter_layers()
        self._peft.set_adapter(self._loaded[identity], inference_mode=True)
        while len(self._loaded) > _KEPT:
            _, unused = self._loaded.popitem(last=False)
            self._peft.delete_adapter(unused)
        return identity

    def _check_base(self, adapter: Path) -> None:
        if not (adapter / MANIFEST).exists():
            return
        manifest = Manifest.read(adapter)
        if manifest.base_fingerprint != self._fingerprint:
            raise WrongBaseError(
                f"adapter {adapter.name} was trained on base {manifest.base_fingerprint} "
                f"({manifest.base_model}), not on {self._fingerprint} ({self._name}); "
                "load that base, or run `secondnature distill` for this one"
            )

    def _load(self, adapter: Path) -> str:
        """Put an adapter beside the base; returns what PEFT knows it by."""
        label = next(self._labels)
        try:
            self._put_on(adapter, label)
        except SafetensorError as error:
            self._take_off()
            raise AdapterError(
                f"adapter {adapter} is damaged: {first_line(error)}; remove it, or restore it "
                "from a copy"
            ) from error
        except (ValueError, RuntimeError, OSError, KeyError, TypeError) as error:
            self._take_off()
            raise WrongBaseError(
                f"adapter {adapter} does not fit {self._name}: {first_line(error)}"
            ) from error
        return label

    def _put_on(self, adapter: Path, label: str) -> None:
        config = _lora_config(adapter)
        if self._peft is None:
            with quiet_peft():
                self._peft = PeftModel(
                    self._network, config, adapter_name=label, autocast_adapter_dtype=False
                )
        found = self._peft.load_adapter(adapter, adapter_name=label, autocast_adapter_dtype=False)
        unlike = [*found.missing_keys, *found.unexpected_keys]
        if unlike:
            raise ValueError(f"{len(unlike)} weights have no counterpart, such as {unlike[0]}")

    def _take_off(self) -> None:
        """Take every adapter off, also one that was put on by half."""
        for name, module in list(self._network.named_modules()):
            if isinstance(module, BaseTunerLayer):
                parent, _, child = name.rpartition(".")
                setattr(self._network.get_submodule(parent), child, module.get_base_layer())
        if hasattr(self._network, "peft_config"):
            del self._network.peft_config
        self._peft = None
        self._loaded.clear()


@contextmanager
def quiet_peft() -> Iterator[None]:
    """PEFT asks transformers by an old name; a user can do nothing about that.

    Yields:
        Nothing.
    """
    with warnings.catch_warnings():
        old_name = "`is_gradient_checkpointing` is deprecated"
        warnings.filterwarnings("ignore", message=old_name, category=FutureWarning)
        yield


def _identity(adapter: Path) -> AdapterId:
    try:
        weights = (adapter / "adapter_model.safetensors").stat()
    except OSError as error:
        raise AdapterError(
            f"adapter folder {adapter} cannot be read ({error.strerror}): it has no "
            "adapter_model.safetensors; name a folder in PEFT's format"
        ) from error
    return adapter.resolve(), weights.st_ino, weights.st_mtime_ns


def _lora_config(adapter: Path) -> LoraConfig:
    """An adapter's configuration; only a LoRA that leaves the base's own weights alone will do."""
    try:
        config = PeftConfig.from_pretrained(str(adapter))
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise AdapterError(
            f"adapter {adapter} is damaged: its adapter_config.json cannot be read "
            f"({first_line(error)}); remove it, or restore it from a copy"
        ) from error
    plain = (
        isinstance(config, LoraConfig)
        and config.bias == "none"
        and config.layer_replication is None
        and config.init_lora_weights in (True, False, "gaussian")
    )
    if not plain:
        raise ValueError("it is no plain LoRA: it would change the base's own weights")
    config.inference_mode = True
    return config
