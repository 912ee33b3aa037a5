"""How sure a share is that few have spoken for: the score interval of E. B. Wilson.

E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927), 209-212; as
method 3 in R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, whose table the tests hold it against. Written
out here, since scipy and statsmodels weigh a hundred megabytes for these five lines.
"""

import math

Z_95 = 1.959963984540054  # the standard normal's quantile at 0.975


def wilson(share: float, people: float, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper bound, 0 to 1, of a share found among so many people; all of 0 to 1 when there are none.

    `people` need not be whole: of weighted voices it is their effective number.
    """
    if people <= 0:
        return 0.0, 1.0
    square = z * z
    middle = (share + square / (2 * people)) / (1 + square / people)
    half = z / (1 + square / people) * math.sqrt(share * (1 - share) / people + square / (4 * people * people))
    return max(middle - half, 0.0), min(middle + half, 1.0)
