"""Which archives one job's books are written as: what a configuration asks for, and what we add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cbzsafe.gallerydl.postprocessor import Writer, writer_from
from cbzsafe.settings import injected, injects

if TYPE_CHECKING:
    from cbzsafe.gallerydl.session import Run


class Writers:
    """The archive formats of one job.

    Args:
        job: gallery-dl's, of our class.
        run: the session's state.
    """

    def __init__(self, job: Any, run: Run) -> None:
        self.job = job
        self.run = run
        self.writers: list[Writer] = []
        self.writer_error: str | None = None

    def take_writer(self, writer: Writer) -> Writer:
        """Accept a `zip`; two for one file become one, since two writers would interleave."""
        for other in self.writers:
            if other.extension == writer.extension:
                other.merge(writer)
                self.run.warn(
                    f"Two 'zip' post-processors were asked for one .{writer.extension} file: they "
                    "were merged into one. Remove one from the configuration (see cbzsafe explain)."
                )
                return other
        self.writers.append(writer)
        return writer

    def wanted(self) -> dict[str, Any] | None:
        """The options of the post-processor that is to be injected, if one is."""
        asked, settings = self.run.cbz_asked, self.run.settings
        if not injects(settings, cbz_asked=asked):
            return None
        if self.writers and not (asked and all(w.extension != "cbz" for w in self.writers)):
            return None
        return {**injected(settings), **self._postprocessor_options()}

    def _postprocessor_options(self) -> dict[str, Any]:
        """What `-O` sets reaches the injected post-processor too, but never its extension."""
        options = self.job.extractor.config("postprocessor-options") or {}
        return {key: value for key, value in options.items() if key != "extension"}

    def inject(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make the injected post-processor; returns the hooks to register."""
        writer = self.take_writer(writer_from(options))
        return {"file": lambda _pathfmt: self.record(writer)}

    def record(self, writer: Writer) -> None:
        """Hear from a post-processor that the page which just arrived is one of its own."""
        raise NotImplementedError
