"""What is left of a memory: it fades with the time since it was last told or used, and slower the more often it was.

Ebbinghaus' forgetting curve in the form of MemoryBank (Zhong et al. 2023, arXiv:2305.10250), where every recall makes a
memory stronger and starts its time anew: ``R = 2 ** (-t / (h * s))`` with the strength ``s``, 1 at first and 1 more for
each repetition and each recall. That recency counts from the last use, and ranks beside relevance, is from the
generative agents of Park et al. (2023, arXiv:2304.03442).
"""

from collections.abc import Collection
from datetime import datetime

HALF_LIFE_DAYS = 30.0
"""Of a mere question: what somebody looked for a month ago says half as much about today. Our choice."""
TOLD_HALF_LIFE_DAYS = 180.0
"""Of what somebody told about themselves, a size, a dislike, a complaint: such things change within a year or two."""
FADED = 0.02
"""What has less left is taken out: a question after half a year, what was told after three years, unless it is used."""


def retention(age_days: float, strength: int, topics: Collection[str]) -> float:
    """What is left of a memory, 0 to 1.

    Args:
        age_days: Since it was last told or recalled.
        strength: How often it was told and recalled, at least 1.
        topics: What it tells of its author; without any it is a question.
    """
    half_life = TOLD_HALF_LIFE_DAYS if topics else HALF_LIFE_DAYS
    return float(2.0 ** (-max(0.0, age_days) / (half_life * max(1, strength))))


def days_between(earlier: datetime, later: datetime) -> float:
    """Days, with fractions; negative when ``later`` is earlier."""
    return (later - earlier).total_seconds() / 86400
