"""The settings of the demand recipe, read from YAML."""

from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seamless_retail.core.errors import ConfigurationError


class Config(BaseModel):
    """``training/configs/demand/*.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: str = Field(pattern="^(shop|online_retail|synthetic)$")
    holdout: int = Field(ge=0)
    encoder: int = Field(gt=0)
    horizon: int = Field(gt=0)
    hidden: int = Field(gt=0)
    heads: int = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    batch: int = Field(gt=0)
    steps: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    check_every: int = Field(gt=0)
    validation: int = Field(gt=0)

    @classmethod
    def read(cls, name: str) -> "Config":
        """A packaged configuration by name, or a file.

        Raises:
            ConfigurationError: There is no such file, or it is not valid.
        """
        packaged = files("seamless_retail.training") / "configs" / "demand" / f"{name}.yaml"
        source = packaged if packaged.is_file() else Path(name)
        try:
            return cls.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise ConfigurationError(
                f"The configuration {name!r} cannot be used: {error}", "Give shop, weekly, test or a YAML file."
            ) from None
