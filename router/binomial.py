"""Exact bounds of how often something is wrong, from how often it was seen to be."""

from models.errors import CalibrationError


def clopper_pearson_upper(errors: int, n: int, delta: float) -> float:
    """Exact upper confidence bound of an error rate (Clopper and Pearson 1934).

    The largest p with P(Binomial(n, p) <= errors) >= delta, that is the 1 - delta quantile of
    Beta(errors + 1, n - errors).

    Args:
        errors: Errors seen, 0 <= errors <= n.
        n: Items seen, >= 0.
        delta: Probability that the true rate is above the bound, in (0, 1).

    Returns:
        A rate in (0, 1]; 1 when all were errors or nothing was seen.

    Raises:
        CalibrationError: An argument is out of range.
    """
    if not 0 <= errors <= n or not 0 < delta < 1:
        raise CalibrationError(
            f"no bound for {errors} errors of {n} at delta {delta}: "
            "needed are 0 <= errors <= n and 0 < delta < 1"
        )
    if errors == n:
        return 1.0
    from scipy.special import betaincinv

    return float(betaincinv(errors + 1, n - errors, 1 - delta))


def clopper_pearson_lower(errors: int, n: int, delta: float) -> float:
    """Exact lower confidence bound of an error rate, as `clopper_pearson_upper`.

    Args:
        errors: Errors seen, 0 <= errors <= n.
        n: Items seen, >= 0.
        delta: Probability that the true rate is below the bound, in (0, 1).

    Returns:
        A rate in [0, 1); 0 when there were no errors.

    Raises:
        CalibrationError: An argument is out of range.
    """
    return 1.0 - clopper_pearson_upper(n - errors, n, delta)
