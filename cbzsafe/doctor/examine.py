"""The whole examination, section by section."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.doctor import clock, configured, decoders, folders, mounts, process, storage, versions
from cbzsafe.doctor.patience import patiently
from cbzsafe.model import Diagnosis, DoctorReport, Folder, SettingInForce, Weight
from cbzsafe.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cbzsafe.gallerydl.configuration import Configuration
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.interrupt import Stop
    from cbzsafe.model import Mount


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be examined.

    Attributes:
        environment: the process's variables.
        variables: the names of ours that mean something.
        named: folders that the user named; none for those of the configuration.
        understood: what gallery-dl makes of the command line; None where it takes it for no run.
        read: the configuration that it leads to; None with that.
        settings: of the run.
        in_force: the same with their sources; none where they are wrong.
        wrong: why the settings are wrong, one sentence; empty where they are not.
    """

    environment: Mapping[str, str]
    variables: Collection[str]
    named: tuple[Path, ...] = ()
    understood: Understood | None = None
    read: Configuration | None = None
    settings: Settings = Settings()  # noqa: RUF009 - it is frozen
    in_force: tuple[SettingInForce, ...] = ()
    wrong: str = ""


class _Examination:
    """A report that grows section by section."""

    def __init__(self, request: Request, stop: Stop) -> None:
        self._request = request
        self._stop = stop
        self.report = DoctorReport(started=time.time())

    def run(self) -> None:
        """Examine one section after the other; the folders come last, for they take longest."""
        for section in (
            self._versions,
            self._configuration,
            self._process,
            self._clock,
            self._decoders,
            self._folders,
        ):
            section()
            self._stop.check()

    def _say(self, said: list[Diagnosis]) -> None:
        self.report = replace(self.report, diagnoses=(*self.report.diagnoses, *said))

    def _versions(self) -> None:
        found = versions.packages()
        self.report = replace(self.report, packages=found)
        self._say(versions.diagnose(found))

    def _configuration(self) -> None:
        request = self._request
        if request.understood is not None and request.read is not None:
            unread = configured.unread(request.understood, request.read)
            self.report = replace(self.report, files=request.read.files(), unread=unread)
            self._say(
                configured.diagnose(request.understood, request.read, request.settings, unread)
            )
        self.report = replace(self.report, settings=request.in_force)
        self._say(configured.settings(request.in_force, request.wrong))
        self._say(configured.key(request.environment, request.settings))
        self._say(configured.home(request.environment))
        self._say(configured.variables(request.environment, request.variables))

    def _process(self) -> None:
        log = self._request.settings.termination_log or process.TERMINATION_LOG
        found = process.look(self._request.environment, log)
        self.report = replace(self.report, process=found)
        self._say(process.diagnose(found))

    def _clock(self) -> None:
        found = clock.look(self._request.environment)
        self.report = replace(self.report, clock=found)
        self._say(clock.diagnose(found))

    def _decoders(self) -> None:
        found = decoders.look()
        self.report = replace(self.report, decoders=found)
        self._say(decoders.diagnose(found))

    def _folders(self) -> None:
        listed = mounts.read()
        container = process.in_container(self._request.environment)
        for one in self._wanted():
            found = self._looked(one, listed)
            self.report = replace(self.report, folders=(*self.report.folders, found))
            self._say(storage.diagnose(found, named=one.named, container=container))
        self._say(storage.together(self.report.folders))

    def _wanted(self) -> tuple[folders.Wanted, ...]:
        request = self._request
        bases = configured.base_directories(request.read)
        choose = functools.partial(
            folders.wanted, request.named, bases, request.settings.publish_to
        )
        chosen = patiently(choose, self._stop)
        return choose(os.fspath) if chosen is None else chosen

    def _looked(self, one: folders.Wanted, listed: tuple[Mount, ...] | None) -> Folder:
        found = patiently(lambda: folders.look(one, self._stop, listed), self._stop)
        if found is None:
            return Folder(os.fspath(one.path), one.role, exists=False, answers=False)
        return found


def examine(request: Request, stop: Stop) -> DoctorReport:
    """Examine the place in which this process runs; nothing is left behind.

    Args:
        request: what is looked at.
        stop: a signal's flag, whose handlers are set.

    Returns:
        The report; after a signal, what was found out until then.
    """
    began = time.monotonic()
    examination = _Examination(request, stop)
    stop.until_stopped(examination.run, None)
    report, ended = examination.report, stop.reason
    return replace(
        report,
        status=_status(report) if ended is None else ended.exit_code,
        seconds=time.monotonic() - began,
        interrupted=None if ended is None else ended.cause,
    )


def _status(report: DoctorReport) -> int:
    return int(any(said.weight is Weight.ERROR for said in report.diagnoses))
