"""The JSON Schema of a problem file, made from the table of keys."""

from __future__ import annotations

from gradcalc.engine.expression import CONSTANTS, FUNCTIONS
from gradcalc.problem.fields import FILE_OF_PROBLEM
from gradcalc.problem.kinds import Schema
from gradcalc.problem.optimizer import OPTIMIZER, SCHEDULE

# A formula such as sqrt(2)/2: signs, digits and the words of the grammar, at least one of them a number.
_WORDS = "|".join([*FUNCTIONS, *CONSTANTS])
_EXPRESSION = rf"^(?=.*([0-9]|{'|'.join(CONSTANTS)}))([-+−*/^(). 0-9E]|{_WORDS})+$"
_LETTER = r"^[^\s\d!-/:-@\[-^`{-~][^\s!-/:-@\[-^`{-~]*$"

DEFINITIONS: Schema = {
    "number": {"anyOf": [{"type": "number"}, {"$ref": "#/definitions/expression"}]},
    "expression": {
        "description": "a formula of numbers, such as 1/3 or sqrt(2)/2",
        "type": "string",
        "pattern": _EXPRESSION,
    },
    "array": {
        "description": "numbers in lists, as many deep as the array has axes",
        "type": "array",
        "anyOf": [{"items": {"$ref": f"#/definitions/{kind}"}} for kind in ("number", "array")],
        "minItems": 1,
    },
    "letter": {"description": "a letter or a word that stands for a number", "type": "string", "pattern": _LETTER},
}


def schema() -> Schema:
    """The schema (draft-07): keys, kinds, ranges and names. What a schema can't say, `decode` still refuses."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "gradcalc problem",
        "description": "A network of layers with its numbers, equations line by line, or parameters that are trained.",
        **FILE_OF_PROBLEM.schema(),
        "definitions": {**DEFINITIONS, **{shared.name: shared.kind.schema() for shared in (OPTIMIZER, SCHEDULE)}},
    }
