"""The command line of the journey and of each stage's recipe."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from seamless_retail.core.errors import ConfigurationError, SeamlessError
from seamless_retail.training.clara.config import STAGES, Journey, names, read_config
from seamless_retail.training.clara.journey import Options, check_records, run_stages
from seamless_retail.training.run.progress import console, print_error


def main(arguments: Sequence[str] | None = None, stages: tuple[str, ...] = ()) -> int:
    """Check the records and train.

    Args:
        arguments: Of the command line; those of this process by default.
        stages: The stages of a recipe; without them ``--stages`` says which.
    """
    options = _parser(stages).parse_args(arguments)
    try:
        journey = read_config(options.config, options.set)
        chosen = stages or chosen_stages(options.stages, journey)
        run = Options(
            out=options.out or Path("runs") / f"clara-{Path(options.config).stem}",
            start=options.start,
            resume=options.resume,
            max_samples=options.max_samples,
            max_minutes=options.max_minutes,
        )
        for stage, count in check_records(journey, chosen, run).items():
            console.print(f"{stage}: {count or 'endless'} records")
        if not options.dry_run:
            run_stages(journey, chosen, run)
    except SeamlessError as error:
        print_error(error)
        return 1
    return 0


def chosen_stages(text: str, journey: Journey) -> tuple[str, ...]:
    """``reader,1,2`` → the stages in their order; the reader joins stage 1 where the configuration has one.

    Raises:
        ConfigurationError: One is unknown.
    """
    wanted = {f"stage{name}" if name.isdigit() else name for name in text.replace(" ", "").split(",") if name}
    if unknown := sorted(wanted - set(STAGES)):
        raise ConfigurationError(f"There is no stage {unknown[0]!r}.", "Write --stages reader,1,2,3 or some of these.")
    if "stage1" in wanted and journey.reader is not None:
        wanted.add("reader")
    return tuple(stage for stage in STAGES if stage in wanted)


def _parser(stages: tuple[str, ...]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train CLaRa.")
    parser.add_argument("--config", default="nano", help=f"{', '.join(names())}, or a YAML file")
    if not stages:
        parser.add_argument(
            "--stages", default="1,2,3", help="of reader,1,2,3; stage 1 brings the text reader where there is one"
        )
    parser.add_argument("--out", type=Path, help="folder of the journey; runs/clara-CONFIG by default")
    parser.add_argument("--start", type=Path, help="a model for the first stage to start from")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="stage1.updates=100 …")
    parser.add_argument("--resume", action="store_true", help="skip stages that are done, go on from the checkpoint")
    parser.add_argument("--max-samples", type=int, help="use the first so many records of each stage only")
    parser.add_argument("--max-minutes", type=float, default=math.inf, help="for all stages together")
    parser.add_argument("--dry-run", action="store_true", help="check every record and train nothing")
    return parser
