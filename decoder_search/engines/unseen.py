"""Nothing twice: an engine around another one that lets no trial have the params of an earlier one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from decoder_search.engines.engine import Engine, Wait
from decoder_search.records.trial_record import Proposal, TrialRecord, identity
from decoder_search.space.combinations import combinations, random_params
from decoder_search.space.parameters import Scalar
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config import stable_hash

MOST_REPEATS = 20
"""How often an engine is asked again for params that no trial had."""

MOST_DRAWS = 1_000
"""How often params of a space without an end are drawn at random before it counts as exhausted."""


class UnseenEngine:
    """Proposes what another engine does, but nothing that a trial of the study has, however that ended.

    Params that were seen are asked for again, and replaced by random ones that were not where the engine
    sticks to what it knows. The engine's notes on its last proposal stay, so that NSGA counts the trial to
    its generation. After the last combination of a finite space, the study ends.
    """

    def __init__(
        self,
        engine: Engine,
        space: SearchSpace,
        *,
        seed: int,
        also_seen: Iterable[TrialRecord] = (),
    ) -> None:
        """An engine around `engine`, which proposes for `space`.

        Args:
            engine: must take a record whose params are not those that it proposed.
            space: what is searched.
            seed: of the random replacements.
            also_seen: trials of another study that measured the same, and need not be repeated.
        """
        self._engine = engine
        self._space = space
        self._seed = seed
        self._elsewhere = frozenset(identity(record.params) for record in also_seen)
        self._of_trial: dict[int, str] = {}
        self._seen: Counter[str] = Counter()
        self._all: dict[str, dict[str, Scalar]] | None = None
        self._counted = False

    def ask(self, number: int, attempt: int = 0) -> Proposal | Wait | None:
        """The study's trial of this number; None after the engine's last, or where nothing is left to try."""
        self._forget(number)
        proposal = self._engine.ask(number, attempt * (MOST_REPEATS + 1))
        if not isinstance(proposal, Proposal) or proposal.resume_from is not None:
            return proposal
        if self._is_seen(identity(proposal.params)):
            unseen = self._unseen(proposal, attempt)
            if not isinstance(unseen, Proposal):
                return unseen
            proposal = unseen
        self._note(number, proposal.params)
        return proposal

    def tell(self, record: TrialRecord) -> None:
        """Learn how a trial ended."""
        self._note_record(record)
        self._engine.tell(record)

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Learn of the trials of an earlier driver, those that still run included.

        What has a negative number is for the engine alone: see `also_seen`.
        """
        records = list(records)
        for record in records:
            self._note_record(record)
        self._engine.restore(records)

    def still_needed(self) -> Collection[int]:
        """The finished trials whose checkpoint the engine may go on from."""
        return self._engine.still_needed()

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def _unseen(self, seen: Proposal, attempt: int) -> Proposal | Wait | None:
        if self._is_exhausted():
            return None
        proposal = seen
        first = attempt * (MOST_REPEATS + 1)
        for repeat in range(first + 1, first + MOST_REPEATS + 1):
            again = self._engine.ask(seen.number, repeat)
            if not isinstance(again, Proposal):
                return again
            if not self._is_seen(identity(again.params)):
                return again
            proposal = again
        params = self._random_unseen(seen.number)
        return None if params is None else replace(proposal, params=params)

    def _random_unseen(self, number: int) -> dict[str, Scalar] | None:
        generator = random.Random(stable_hash([self._seed, number]))  # noqa: S311 - no secret
        if self._all is not None:
            free = [params for name, params in self._all.items() if not self._is_seen(name)]
            return generator.choice(free) if free else None
        draws = (random_params(self._space, generator) for _ in range(MOST_DRAWS))
        return next((params for params in draws if not self._is_seen(identity(params))), None)

    def _is_exhausted(self) -> bool:
        if not self._counted:
            self._counted = True
            listed = combinations(self._space)
            self._all = None if listed is None else {identity(params): params for params in listed}
        return self._all is not None and all(map(self._is_seen, self._all))

    def _is_seen(self, name: str) -> bool:
        return self._seen[name] > 0 or name in self._elsewhere

    def _note_record(self, record: TrialRecord) -> None:
        if record.number >= 0 and record.resume_from is None:
            self._forget(record.number)
            self._note(record.number, record.params)

    def _note(self, number: int, params: Mapping[str, Scalar]) -> None:
        self._of_trial[number] = identity(params)
        self._seen[self._of_trial[number]] += 1

    def _forget(self, number: int) -> None:
        if number in self._of_trial:
            self._seen[self._of_trial.pop(number)] -= 1
