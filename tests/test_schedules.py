"""Learning-rate schedules against the notes' formulas (A10) and PyTorch's schedulers."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from schuss.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    CosLog4,
    Exponential,
    FlatCosine,
    InverseTime,
    OneCycle,
    OverEpoch,
    OverRootStep,
    Staircase,
    WarmUp,
    schedule,
)
from tests.oracles import torch_learning_rates

ALPHA_0, EPOCHS, STEPS_PER_EPOCH = 0.3, 8, 5
STEPS = EPOCHS * STEPS_PER_EPOCH
T = np.arange(1, STEPS + 1)
EPOCH = (T - 1) // STEPS_PER_EPOCH

FORMULAS = {
    "constant": (Constant(), lambda t, epoch: 0.3),
    "inverse_time": (InverseTime(0.5), lambda t, epoch: 0.3 / (1 + 0.5 * epoch)),
    "exponential": (Exponential(), lambda t, epoch: 0.95**epoch * 0.3),
    "over_epoch": (OverEpoch(2.0), lambda t, epoch: 2 / (epoch + 1) * 0.3),
    "over_root_step": (OverRootStep(2.0), lambda t, epoch: 2 / math.sqrt(t) * 0.3),
    "staircase": (Staircase(0.1, every=3), lambda t, epoch: 0.3 * 0.1 ** math.floor(epoch / 3)),
    "cosine": (Cosine(0.1), lambda t, epoch: 0.1 + 0.2 * math.cos(math.pi * (t - 1) / 40 / 2) ** 2),
    "flat_cosine": (
        FlatCosine(0.4),
        lambda t, epoch: 0.3 if t <= 17 else 0.3 * math.cos(math.pi * (t - 17) / 24 / 2) ** 2,
    ),
    "coslog4": (CosLog4(), lambda t, epoch: 0.3 * math.sin(math.pi * math.log2(1 + 15 * (t - 1) / 40)) ** 2),
    "warm_up": (WarmUp(0.25, InverseTime()), lambda t, epoch: (t / 10 if t < 10 else 1) * 0.3 / (1 + epoch)),
    "one_cycle": (
        OneCycle(0.25, 10, 100),
        lambda t, epoch: (
            0.3 - 0.27 * math.cos(math.pi * (t - 1) / 9 / 2) ** 2
            if t <= 10
            else 0.3 - 0.2997 * math.sin(math.pi * (t - 10) / 30 / 2) ** 2
        ),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_formulas(name):
    ours, formula = FORMULAS[name]
    assert type(ours) is SCHEDULES[name]
    rates = ours(ALPHA_0, T, EPOCH, STEPS)
    assert rates.dtype == np.float64
    expected = [formula(int(t), int(e)) for t, e in zip(T, EPOCH, strict=True)]
    np.testing.assert_allclose(rates, expected, rtol=1e-12, atol=1e-16)
    # A run that is resumed, or trained epoch by epoch, goes on where it stopped.
    np.testing.assert_array_equal(ours(ALPHA_0, T[13:], EPOCH[13:], STEPS), rates[13:])


PYTORCH_BY_EPOCH = {
    "constant": (Constant(), lambda o: lr_scheduler.ConstantLR(o, factor=1)),
    "exponential": (Exponential(0.9), lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9)),
    "staircase": (Staircase(0.5, every=3), lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.5)),
    "inverse_time": (InverseTime(0.5), lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 1 / (1 + 0.5 * epoch))),
    "over_epoch": (OverEpoch(), lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 1 / (epoch + 1))),
}
PYTORCH_BY_STEP = {
    "over_root_step": (OverRootStep(), lambda o: lr_scheduler.LambdaLR(o, lambda k: (k + 1) ** -0.5)),
    "cosine": (Cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS)),
    "cosine, final": (Cosine(0.01), lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.01)),
    "warm_up": (WarmUp(0.2), lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 8, total_iters=7)),
    "warm_up, cosine": (
        WarmUp(0.2, Cosine()),
        lambda o: lr_scheduler.ChainedScheduler(
            [
                lr_scheduler.LinearLR(o, start_factor=1 / 8, total_iters=7),
                lr_scheduler.CosineAnnealingLR(o, STEPS),
            ]
        ),
    ),
    "one_cycle": (OneCycle(), lambda o: lr_scheduler.OneCycleLR(o, ALPHA_0, total_steps=STEPS, cycle_momentum=False)),
}


@pytest.mark.parametrize("name", PYTORCH_BY_EPOCH)
def test_pytorchs_stepped_once_an_epoch(name):
    ours, make = PYTORCH_BY_EPOCH[name]
    expected = torch_learning_rates(make, ALPHA_0, EPOCHS)[EPOCH]
    np.testing.assert_allclose(ours(ALPHA_0, T, EPOCH, STEPS), expected, rtol=1e-12)


@pytest.mark.parametrize("name", PYTORCH_BY_STEP)
def test_pytorchs_stepped_every_step(name):
    ours, make = PYTORCH_BY_STEP[name]
    np.testing.assert_allclose(ours(ALPHA_0, T, EPOCH, STEPS), torch_learning_rates(make, ALPHA_0, STEPS), rtol=1e-11)


factors = st.floats(0.1, 1e5)


@settings(deadline=None)
@given(steps=st.integers(1, 60), pct_start=st.floats(0, 1), div_factor=factors, final_div_factor=factors)
def test_one_cycle_is_pytorchs_whatever_its_numbers(steps, pct_start, div_factor, final_div_factor):
    assume(pct_start * steps - 1 != 0)  # PyTorch divides by it
    assume(pct_start < 1)  # and by what is left

    def make(optimizer):
        return lr_scheduler.OneCycleLR(
            optimizer,
            ALPHA_0,
            total_steps=steps,
            pct_start=pct_start,
            div_factor=div_factor,
            final_div_factor=final_div_factor,
            cycle_momentum=False,
        )

    t = np.arange(1, steps + 1)
    rates = OneCycle(pct_start, div_factor, final_div_factor)(ALPHA_0, t, np.zeros(steps), steps)
    np.testing.assert_allclose(rates, torch_learning_rates(make, ALPHA_0, steps), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("pct_start", "first", "last"), [(0.1, 0.012, 1.2e-6), (1.0, 0.012, 0.3), (0.0, 0.3, 1.2e-6)])
def test_one_cycle_where_pytorch_divides_by_zero(pct_start, first, last):
    rates = OneCycle(pct_start)(ALPHA_0, T[:10], EPOCH[:10], 10)
    assert np.all(np.isfinite(rates))
    assert rates[-1] == pytest.approx(last)
    assert rates[0] == pytest.approx(first, rel=0.03)


@pytest.mark.parametrize("fraction", [0, 0.01])
def test_no_warm_up(fraction):
    np.testing.assert_array_equal(WarmUp(fraction)(ALPHA_0, T, EPOCH, STEPS), np.full(STEPS, ALPHA_0))


def test_warm_up_goes_on_with_a_function_of_ones_own():
    def sawtooth(learning_rate, t, epoch, steps):
        return learning_rate * (1 - t % 2 / 2)

    rates = WarmUp(0.1, after=schedule(sawtooth))(1.0, T, EPOCH, STEPS)
    np.testing.assert_allclose(rates[:6], [0.125, 0.5, 0.375, 1, 0.5, 1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: InverseTime(-1), "InverseTime.decay must be ≥ 0 and finite, not -1"),
        (lambda: Exponential(0), "Exponential.factor must be > 0 and finite, not 0"),
        (lambda: OverEpoch(math.nan), "OverEpoch.k must be > 0 and finite, not nan"),
        (lambda: OverRootStep(math.inf), "OverRootStep.k must be > 0 and finite, not inf"),
        (lambda: Staircase(-0.5), "Staircase.factor must be > 0 and finite, not -0.5"),
        (lambda: Staircase(every=0), "Staircase.every must be a whole number ≥ 1, not 0"),
        (lambda: Staircase(every=2.5), "Staircase.every must be a whole number ≥ 1, not 2.5"),  # pyright: ignore
        (lambda: Cosine(-0.1), "Cosine.final must be ≥ 0 and finite, not -0.1"),
        (lambda: WarmUp(1.5), "WarmUp.fraction must be in [0, 1], not 1.5"),
        (lambda: OneCycle(-0.1), "OneCycle.pct_start must be in [0, 1], not -0.1"),
        (lambda: OneCycle(div_factor=0), "OneCycle.div_factor must be > 0 and finite, not 0"),
        (lambda: OneCycle(final_div_factor=0), "OneCycle.final_div_factor must be > 0 and finite, not 0"),
        (lambda: schedule("stair_case"), "There is no schedule 'stair_case'. Did you mean 'staircase'?"),
    ],
)
def test_numbers_out_of_range_and_unknown_names(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential("0.9"), "Exponential.factor must be > 0 and finite, not '0.9'"),  # pyright: ignore
        (lambda: WarmUp(0.1, 3), "or a function (learning_rate, t, epoch, steps) → learning rates, not 3"),  # pyright: ignore
        (lambda: schedule(Cosine), "a schedule such as Cosine() or a function"),  # pyright: ignore
    ],
)
def test_things_of_the_wrong_kind(make, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        make()


def test_found_by_name_with_defaults_or_passed_through():
    assert all(schedule(name) == make() for name, make in SCHEDULES.items())
    half = Cosine(0.5)
    assert schedule(half) is half
