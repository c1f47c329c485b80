"""Snapshots and questions as plain values; banks; reductions."""

import json
from dataclasses import replace
from decimal import Decimal as D
from itertools import pairwise

import numpy as np
import pytest

from fintwin.projection import outcomes, reduce, snapshot
from fintwin.projection.plain import canonical, from_plain, plain
from fintwin.projection.question import Project
from fintwin.projection.shocks import Banks, Model, bank
from tests.unit.projection.household import household


def test_a_snapshot_survives_its_text_and_keeps_its_hash():
    books = household()
    again = snapshot.read(json.loads(snapshot.text(books)))
    assert again == books
    assert snapshot.key(again) == snapshot.key(books)
    assert snapshot.key(replace(books, income=D(1))) != snapshot.key(books)


def test_a_question_survives_its_text():
    question = Project(household(), months=12)
    assert from_plain(Project, json.loads(canonical(question))) == question
    assert json.loads(json.dumps(plain(question)))["seed"] == 7


def test_a_bank_is_antithetic_has_mean_one_and_repeats():
    wanted = Model(seed=3, months=24, paths=4096, market=0.05, inflation=0.004, income=0.1)
    one, two = bank(wanted), bank(wanted)
    assert all(left.tobytes() == right.tobytes() for left, right in zip(one, two, strict=True))
    logs = np.log(one.market.astype(float))
    assert np.abs(logs[:, :2048] + logs[:, 2048:] + 0.05**2).max() < 1e-6
    assert abs(one.market.mean() - 1) < 1e-3
    goes_on = one.draws[1:] < 0
    assert abs(goes_on.mean() - 2 / 3) < 0.01
    assert np.array_equal(goes_on[:, :2048], goes_on[:, 2048:])
    assert np.all(one.draws[0] >= 0)


def test_the_cache_keeps_the_last_banks():
    banks = Banks(kept=2)
    models = [Model(seed=seed, months=2, paths=4, market=0.1, inflation=0.0, income=0.0) for seed in range(3)]
    first = banks.get(models[0])
    assert banks.get(models[0]) is first
    banks.get(models[1])
    banks.get(models[2])
    assert banks.get(models[0]) is not first


@pytest.mark.parametrize("months", [1, 2, 60, 239, 240, 241, 480])
def test_the_last_month_is_always_shown(months):
    shown = outcomes.shown_months(months)
    assert shown[-1] == months - 1
    assert len(shown) <= outcomes.POINTS
    assert len({after - before for before, after in pairwise(shown)}) <= 1


def test_the_wilson_interval_holds_its_share():
    low, high = reduce.wilson(0.0, 5000)
    assert low == 0
    assert 0 < high < 0.001
    assert reduce.wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-3)


def test_chance_counts_first_months():
    first = np.array([1e9, 1e9, 3, 5, 5, 1e9, 1e9, 1e9], dtype=np.float32)
    told = reduce.chance(first, shown=range(6))
    assert told.share == 3 / 8
    assert told.month == 5
    assert told.survival == (1.0, 1.0, 1.0, 7 / 8, 7 / 8, 5 / 8)
    assert told.low < 3 / 8 < told.high
