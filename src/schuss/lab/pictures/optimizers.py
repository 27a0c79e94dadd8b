"""The race of all optimizers, on a surface and on data (notes B9)."""

from schuss.lab.picture import Drawing, picture
from schuss.lab.race import ROWS_LEARNING_RATES, Race, digits, race_rows, race_surface
from schuss.lab.race_figure import costs_panel, paths_panel, rates_panel, steps_panel
from schuss.lab.style import panels


@picture(
    row="B9",
    claim="Optimizers differ in how fast they descend; plain gradient descent is overtaken",
    see=(
        "Every optimizer had the same learning rates to choose from, {surface_rates_tried} on the surface and "
        "{digits_rates_tried} on the digits, and races at its best one. What counts is after how many steps the cost "
        "stays below the dashed level: on the surface {surface_first} is first, after {surface_first_steps:.0f}, plain "
        "gradient descent is there after {surface_sgd_steps:.0f}. On handwritten digits, from the same weights over "
        "the same mini-batches, it is {digits_first} after {digits_first_steps:.0f} and plain gradient descent after "
        "{digits_sgd_steps:.0f}. Dots are single starts or seeds: where they overlap, the order means nothing."
    ),
)
def optimizers(*, surface: str = "beale", steps: int = 300, epochs: int = 10, small: bool = False) -> Drawing:
    """A race on a surface above, one on scikit-learn's handwritten digits below.

    Args:
        surface: one of `schuss.lab.surfaces.SURFACES`.
        steps: T on the surface.
        epochs: passes through the digits.
        small: fewer starts, seeds, rates and epochs, and a lower resolution.
    """
    if small:
        above = race_surface(surface, steps=steps, starts=3)
        below = race_rows(*digits(), title="Digits", epochs=3, learning_rates=ROWS_LEARNING_RATES[::2], seeds=1)
    else:
        above = race_surface(surface, steps=steps)
        below = race_rows(*digits(), title="Digits", epochs=epochs)

    figure, axes = panels(2, 3, width=11, height=8.6, small=small)
    paths_panel(axes[0, 0], above)
    rates_panel(axes[1, 0], below)
    for row, race in enumerate((above, below)):
        costs_panel(axes[row, 1], race)
        steps_panel(axes[row, 2], race)
    return Drawing(figure, {**_measure("surface", above), **_measure("digits", below)})


def _measure(place: str, race: Race) -> dict[str, float | str]:
    """The race's own record without costs and scores, and who was first."""
    record, first = race.measured(), race.lanes[0].name
    wanted = ("rates_tried", "starts", "learning_rate", "reached", "steps", "steps_sd")
    own = {f"{place}_{key}": record[key] for key in record if key.endswith(wanted)}
    return {**own, f"{place}_first": first, f"{place}_first_steps": own[f"{place}_{first}_steps"]}
