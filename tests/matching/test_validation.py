"""Values no problem can contain are refused where they are built."""

import pytest

from matching.problem import Acceptance, Parameters, ProblemError
from tests.matching.build import slot, supply


@pytest.mark.parametrize("yuan", [1e18, -1e18, float("nan"), float("inf")])
def test_a_price_beyond_all_reckoning_is_refused(yuan):
    with pytest.raises(ProblemError, match="disposal cost"):
        supply("a", 5, disposal_yuan_per_t=yuan)
    with pytest.raises(ProblemError, match="asking price"):
        supply("a", 5, ask_yuan_per_t=yuan)
    with pytest.raises(ProblemError, match="bid price"):
        slot("k", 5, bid_yuan_per_t=yuan)
    with pytest.raises(ProblemError, match="replaced material value"):
        Acceptance("fly_ash", replaced_yuan_per_t=yuan)
    with pytest.raises(ProblemError, match="carbon price"):
        Parameters(carbon_yuan_per_t=yuan)
    assert supply("a", 5, disposal_yuan_per_t=1e6).disposal_yuan_per_t == 1e6
