"""What a run says on the terminal while it goes: how much is done, and whatever is amiss."""

import logging


class Tenths(logging.Filter):
    """Lets pass warnings and errors, what is said once, and every tenth of the jobs that is done.

    A run says of each job why it is done, when it begins and when it ends: of a whole run that is hundreds of lines,
    and what is amiss gets lost among them. Whoever wants them asks for `--verbose`; Snakemake's log file has them all.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is told, by its level and what Snakemake calls its event."""
        event = getattr(record, "event", None)
        if record.levelno > logging.INFO:
            return True
        if event == "progress":
            tenth = 10 * record.done // record.total  # type: ignore[attr-defined]
            news, self._told = tenth > self._told, max(tenth, self._told)
            return news
        # Before each choice of jobs, and before its own lines, Snakemake says so.
        return event is None and not str(record.msg).startswith("Select jobs to execute")
