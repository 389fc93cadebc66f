"""Every screen of every example is what was recorded and reviewed; `scripts/golden` records anew."""

from __future__ import annotations

from goldens import FOLDER, goldens, produce
from turns import in_turn

GOLDENS = goldens()
# one example of each kind, which every run looks at in all forms; of the others it looks at the tables of some commands
TELLING = ("mazur", "softmax-batch", "rosenbrock", "equations/attention", "functions/chain-rule", "letters/two-layer")
# what takes tenths of a second says more of the exercise than of its page
LONG = ("exercise-", "exercise.", "xor.exercise")
TABLES = tuple(
    f".{command}.table" for command in ("forward", "backward", "optimize", "jacobian", "shapes", "explain", "gradcheck")
)


def is_seen_by_every_run(golden):
    example = next((word for word in golden.arguments if word.startswith("configs/")), None)
    telling = example is None or example in [f"configs/{name}.yaml" for name in TELLING]
    return (telling or golden.name.endswith(TABLES)) and not golden.name.startswith(LONG)


@in_turn("golden", GOLDENS, set(filter(is_seen_by_every_run, GOLDENS)), ids=[golden.name for golden in GOLDENS])
def test_a_screen_is_what_was_recorded(golden):
    assert produce(golden) == golden.path.read_bytes().decode()


def test_every_golden_file_belongs_to_a_screen():
    assert set(FOLDER.iterdir()) == {golden.path for golden in GOLDENS}


def test_no_recorded_screen_is_a_bug():
    assert [path.name for path in FOLDER.iterdir() if "this is a bug" in path.read_text(encoding="utf-8")] == []
