from __future__ import annotations

from pathlib import Path

from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.execution.once import run_once
from decoder_search.execution.tasks import TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.space.search_space import SearchSpace


def toy_task(do: str) -> TrialTask:
    space, folder = SearchSpace("toys", (), {}, {}), Path("trial")
    return TrialTask(space=space, cache=folder, expected=StudyFacts(), params={"do": do}, folder=folder)


def test_every_task_is_run_to_its_end_and_its_reports_are_answered(
    toy: dict[str, str], tmp_path: Path
) -> None:
    reports: list[int] = []
    tasks = {3: toy_task("ask"), 5: toy_task("kill")}
    with LocalExecutor(
        2, threads=1, log_folder=tmp_path, module="toy_worker", environments=[toy]
    ) as executor:
        ends = run_once(executor, tasks, lambda: False, lambda report: reports.append(report.key))
        assert ends[3] == Event("result", 3, {"answer": True})
        assert ends[5] == Event("died", 5, {"reason": "killed by SIGKILL"})
        assert reports == [3]
        assert run_once(executor, {7: toy_task("sleep")}, lambda: True) == {}
