"""What labels say of probabilities is not what the same labels made them say."""

from dataclasses import replace

import numpy as np

from kempt.matching.report.reliability import Labelled, crossed


def test_no_pair_is_judged_by_labels_of_its_own_cluster():
    rng = np.random.default_rng(3)
    bits, cluster = rng.uniform(-5, 10, 3_000), rng.integers(0, 60, 3_000).astype(np.int32)
    right = rng.random(3_000) < 1 / (1 + 2.0**-bits)
    known = Labelled(places=np.arange(3_000), right=right, cluster=cluster)
    told = crossed(bits, known)

    for one in range(5):
        own = cluster == one
        turned = replace(known, right=np.where(own, ~right, right))
        again = crossed(bits, turned)
        assert (again[own] == told[own]).all()
        assert (again != told).any()
