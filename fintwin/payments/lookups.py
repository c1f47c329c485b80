"""How many account numbers a person may try: each tells whether somebody has it, and who in part."""

from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.errors import TooMany

_lookups = Buckets(rate=1 / 15, burst=8)


def counted(who: Principal) -> None:
    """Count one number that is tried, whatever form it stands in.

    Raises:
        TooMany: that were too many within minutes; the field is `number`.
    """
    wait = _lookups.wait(str(who.person))
    if wait:
        raise TooMany("That were many numbers. Wait a minute and try again.", retry_after=int(wait) + 1, field="number")
