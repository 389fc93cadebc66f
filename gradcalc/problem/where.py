"""The part of a problem that some answers are about: a run of an optimizer, a step of it, a sample."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gradcalc.errors import UsageError
from gradcalc.problem.answers import LOSSES, Key
from gradcalc.problem.build import Built
from gradcalc.problem.faults import Faults
from gradcalc.problem.node import Node
from gradcalc.problem.reference import Reference, reference
from gradcalc.problem.vocabulary import Trained, Vocabulary

Place = tuple[Key, tuple[int, ...]]


@dataclass(frozen=True)
class Where:
    """The part of the problem, where `words` can be said and `faults` are noted; all of it at first."""

    words: Vocabulary
    faults: Faults
    run: str | None = None
    step: int | None = None
    sample: int | None = None

    @property
    def built(self) -> Built:
        return self.words.built

    @property
    def is_whole(self) -> bool:
        return self.run is None and self.step is None and self.sample is None

    def narrowed(self, what: str, number: int, at: Node) -> Where:
        """Only a sample or a step of it."""
        if what == "sample":
            samples = 1 if self.built.single else int(self.built.samples)
            if not 1 <= number <= samples:
                told = f"samples count from 1 to {samples}" if samples > 1 else "there is only one"
                raise self.faults.refuse(f"there is no sample {number}", at, told)
            return replace(self, sample=number - 1)
        _, trained = self.trained(at)
        if not 1 <= number <= trained.steps:
            raise self.faults.refuse(f"there is no step {number}", at, f"steps count from 1 to {trained.steps}")
        return replace(self, step=number)

    def trained(self, at: Node) -> tuple[str | None, Trained]:
        """The one run that is meant, and its name where there are several."""
        runs = self.words.runs
        if len(runs) == 1:
            (only,) = runs.values()
            return None, only
        if not runs:
            raise self.faults.refuse("no optimizer makes steps here", at)
        if self.run is None:
            raise self.faults.refuse("several optimizers make steps here", at, f"name one of them: {', '.join(runs)}")
        return self.run, runs[self.run]

    def of_sample(self, place: Place, at: Node) -> Place:
        """The part of a quantity that belongs to the sample, where there is one."""
        key, within = place
        if self.sample is None or self.built.single:
            return place
        names, quantities = self.built.names, self.built.quantities
        if key.quantity == names.loss and self.built.result == names.loss:
            return Key("sample_losses"), (self.sample,)
        name = key.quantity.rpartition("/")[2].removeprefix("d") if key.quantity not in quantities else ""
        quantity = quantities.get(key.quantity) or quantities.get(name)
        if key.quantity not in LOSSES and (quantity is None or quantity.role not in ("input", "target", "pre", "post")):
            raise self.faults.refuse(f"{at.text} belongs to all samples together", at, "write it beside the samples")
        return key, (self.sample, *within)

    def reference(self, text: str, name: Node) -> Reference:
        """What `text` refers to in the problem."""
        try:
            return reference(text, self.built, self.words.base)
        except UsageError as error:
            message = error.faults[0].message.removeprefix(f"{text}: ")
            raise self.faults.refuse(message, name, error.faults[0].hint) from None
