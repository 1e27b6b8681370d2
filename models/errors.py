"""Every error that Second Nature raises on purpose.

Caught only at the edges (command line, daemon). A message says what is wrong, the value, what is
allowed, and what to do. The tree (a test holds this drawing to the classes):

    SecondNatureError
    ├── ConfigError (ValueError)
    ├── QuestionError (ValueError)
    ├── InputFileError (ValueError)
    ├── ModelError
    │   ├── UnknownModelError (LookupError)
    │   ├── PullError (OSError)
    │   ├── HashMismatchError (OSError)
    │   └── ContextOverflowError (ValueError)
    ├── AdapterError
    │   ├── UnknownAdapterError (LookupError)
    │   └── WrongBaseError (ValueError)
    ├── MethodError (LookupError)
    ├── StoreError (OSError)
    │   └── UnknownRecordError (LookupError)
    ├── HomeError (OSError)
    │   └── HomeBusyError (BlockingIOError)
    ├── CalibrationError (ValueError)
    ├── NothingToLearnError (ValueError)
    └── TrainingError (RuntimeError)
"""


class SecondNatureError(Exception):
    """Base of the tree. `str(error)` is the one line that a user reads."""


class ConfigError(SecondNatureError, ValueError):
    """A setting is unknown, of the wrong type, or out of range."""


class QuestionError(SecondNatureError, ValueError):
    """A question is empty, not text, or longer than the model can read."""


class InputFileError(SecondNatureError, ValueError):
    """An input file is missing, unreadable, or has no usable line."""


class ModelError(SecondNatureError):
    """Something is wrong with a model."""


class UnknownModelError(ModelError, LookupError):
    """No such catalogue name, local folder or hub id can be had."""


class PullError(ModelError, OSError):
    """A model's bytes could not be fetched or stored."""


class HashMismatchError(ModelError, OSError):
    """Fetched bytes are not those the catalogue promises."""


class ContextOverflowError(ModelError, ValueError):
    """A prompt is longer than the model's context."""


class AdapterError(SecondNatureError):
    """Something is wrong with an adapter."""


class UnknownAdapterError(AdapterError, LookupError):
    """No such adapter version."""


class WrongBaseError(AdapterError, ValueError):
    """An adapter was trained on another base model."""


class MethodError(SecondNatureError, LookupError):
    """No such System 2 method."""


class StoreError(SecondNatureError, OSError):
    """The database cannot be read or written."""


class UnknownRecordError(StoreError, LookupError):
    """No such record, decision or skill."""


class HomeError(SecondNatureError, OSError):
    """The home folder cannot be used."""


class HomeBusyError(HomeError, BlockingIOError):
    """Another process holds what this command needs."""


class CalibrationError(SecondNatureError, ValueError):
    """A calibrator was given drafts that it was not fitted for."""


class NothingToLearnError(SecondNatureError, ValueError):
    """Memory holds too few verified records to train on."""


class TrainingError(SecondNatureError, RuntimeError):
    """The training process ended without an adapter."""
