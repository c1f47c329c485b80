"""The queue as the worker runs it; apart from `jobs`, so that rooms declare and ask without procrastinate's driver."""

from collections.abc import Callable

import procrastinate
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as Queued
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from fintwin.db.address import parsed, plain
from fintwin.db.under import under
from fintwin.events import jobs
from fintwin.events.jobs import Declared, Stopping
from fintwin.kernel.errors import Busy, FinTwinError

_LONGEST_PAUSE = 60


class _Patience(BaseRetryStrategy):
    """When a failed job runs again."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision | None:
        if isinstance(exception, Stopping):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, FinTwinError) and not isinstance(exception, Busy):
            return None
        if job.attempts + 1 >= self._attempts:
            return None
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, _LONGEST_PAUSE)})


def build(address: str) -> procrastinate.App:
    """The queue with every declared job, on the system role's address; not yet connected."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=plain(parsed(address)), min_size=1, max_size=4)
    )
    for declared in jobs.declared():
        patience = _Patience(declared.attempts)
        lock = declared.name if declared.cron else None
        task = app.task(name=declared.name, queue=declared.queue, lock=lock, retry=patience, pass_context=True)(
            _runner(declared, patience)
        )
        if declared.cron:
            app.periodic(cron=declared.cron)(task)
    return app


def _runner(declared: Declared, patience: _Patience) -> Callable[..., None]:
    def run(context: JobContext, **ids: int) -> None:
        if declared.cron:
            ids.pop("timestamp", None)
        try:
            with under(f"worker:{declared.name}"):
                declared.call(**ids)
        except Exception as fault:
            if declared.gave_up and patience.get_retry_decision(exception=fault, job=context.job) is None:
                with under(f"worker:{declared.name}"):
                    declared.gave_up(fault, **ids)
            raise

    return run
