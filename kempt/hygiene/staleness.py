"""How likely a value is still true, from its age and from what happened since."""


def p_still_true(age_days: float, half_life_days: float | None) -> float:
    """The probability that a value is still true: one half after one half-life, and 1 for what does not age."""
    if half_life_days is None:
        return 1.0
    return float(2.0 ** (-max(age_days, 0.0) / half_life_days))


# The same in SQL, over columns age_days and half_life_days.
P_STILL_TRUE = "if(half_life_days is null, 1.0, pow(2.0, -greatest(age_days, 0) / half_life_days))"
