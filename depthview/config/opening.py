"""From settings to the arrangement that a screen begins with, and from the one it ends with to what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.config.options import (
    BARS,
    DUST,
    FLASH,
    FORM,
    IMBALANCE,
    LADDERS,
    LARGE,
    SPACING,
    TAPE,
    TAPE_FILTER,
    THEME,
    UNIT,
    Imbalance,
    Ladders,
    TapeFilter,
)
from depthview.config.state import keep
from depthview.preferences.display import Arrangement, Choices, Share, Threshold

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.config.load import Configuration


def opening(configuration: Configuration, *, one_group: bool) -> Arrangement:
    """What the screen begins with.

    Args:
        configuration: The settings in force.
        one_group: Whether one row width was asked for, for all products: it beats those of single ones.
    """
    ladders, imbalance = configuration.value(LADDERS), configuration.value(IMBALANCE)
    grid, tape_filter = ladders is Ladders.GRID, configuration.value(TAPE_FILTER)
    return Arrangement(
        choices=Choices(
            form=configuration.value(FORM),
            spacing=configuration.value(SPACING),
            unit=configuration.value(UNIT),
            bars=configuration.value(BARS),
            flash=configuration.value(FLASH),
            large=configuration.value(LARGE),
            dust=configuration.value(DUST),
            imbalance_levels=imbalance.levels,
            imbalance_bps=imbalance.bps,
        ),
        groups={} if one_group else {**configuration.remembered_groups, **configuration.groups},
        theme=configuration.value(THEME),
        ladders=1 if grid else int(ladders),
        grid=grid,
        tape=configuration.value(TAPE),
        tape_filter=tape_filter if isinstance(tape_filter, Threshold) else Share(tape_filter.share),
    )


def keep_changes(before: Arrangement, after: Arrangement, folder: Path, *, damaged: bool = False) -> bool:
    """Remember what was changed between the two, and nothing else; False where it could not be written down.

    Args:
        before: What the session began with.
        after: What it ended with.
        folder: Of depthview's state.
        damaged: Whether what was remembered could not be read: then it is replaced, so that this is told once.
    """
    first, last = _settings(before), _settings(after)
    values = {name: value for name, value in last.items() if value != first[name]}
    groups = {product: width for product, width in after.groups.items() if before.groups.get(product) != width}
    return keep(folder, values, groups) if values or groups or damaged else True


def _settings(arrangement: Arrangement) -> dict[str, object]:
    choices, sieve = arrangement.choices, arrangement.tape_filter
    return {
        FORM.name: choices.form,
        SPACING.name: choices.spacing,
        UNIT.name: choices.unit,
        THEME.name: arrangement.theme,
        BARS.name: choices.bars,
        FLASH.name: choices.flash,
        LARGE.name: choices.large,
        DUST.name: choices.dust,
        IMBALANCE.name: Imbalance(0 if choices.imbalance_bps else choices.imbalance_levels, choices.imbalance_bps),
        TAPE.name: arrangement.tape,
        TAPE_FILTER.name: sieve if isinstance(sieve, Threshold) else TapeFilter.of(sieve),
        LADDERS.name: Ladders.GRID if arrangement.grid else Ladders(str(arrangement.ladders)),
    }
