"""THE table of keys: what may stand in a problem file, what it means, and what holds where it is left out."""

from __future__ import annotations

from collections.abc import Mapping

from gradcalc.problem import rules
from gradcalc.problem.arrays import Matrix, Vector
from gradcalc.problem.atoms import Bounds, Choice, Letter, Number, Pattern, Size, Text, Truth, Whole
from gradcalc.problem.byname import ARRAY, ByName
from gradcalc.problem.choices import ACTIVATION, LOSS, REDUCTION
from gradcalc.problem.draw import SCHEMES
from gradcalc.problem.functions import Functions
from gradcalc.problem.kinds import Either, ListOf, Made, Maybe
from gradcalc.problem.model import Layer
from gradcalc.problem.optimizer import CLIP, COMMON, OPTIMIZER, SHUFFLE, STEPS
from gradcalc.problem.quantity import PRESETS
from gradcalc.problem.records import Field, Fields, Record, Tagged

NOT_NEGATIVE = Bounds(least=0)

INIT: Fields = {
    "init": Field(Choice(*SCHEMES), "the scheme by which the numbers are drawn", needed=True),
    "seed": Field(Whole(), "where the generator starts; a seed gives the same numbers on every machine", "0"),
    "std": Field(Number(Bounds(above=0)), "the standard deviation of `normal`", "1"),
}

FILE: Fields = {
    "file": Field(Text(), "a .npz, .npy, .csv or .json file, looked for beside the problem file", needed=True),
    "key": Field(Text(), "which array of the file"),
}

DRAWN = Record(INIT, rules.drawn, rules.in_init, says="{init: …}")
READ = Record(FILE, rules.read, says="{file: …}")

LAYER: Fields = {
    "name": Field(Text(), "the suffix of the layer's quantities: `W_H`, `b_H`, `z_H`, `a_H`", "the layer's number"),
    "units": Field(
        Size(), "how many units the layer has; a letter in a network without numbers", "what `weights` says"
    ),
    "weights": Field(
        Either(rows=Matrix(), scalar=Number(), mapping=Tagged({"init": DRAWN, "file": READ})),
        "a matrix, row i the weights into unit i; or one number for every entry; or drawn; or from a file",
        "the layer is its activation alone",
    ),
    "bias": Field(
        Maybe(Either(list=Vector(), scalar=Number(), mapping=Tagged({"init": DRAWN, "file": READ}))),
        "a number for each unit; or one number for every unit; or drawn; or from a file",
        "none",
    ),
    "bias_shared": Field(Truth(), "the bias is a single number that the units of the layer share", "false"),
    "bias_column": Field(Choice("first", "last"), "which column of `weights` is the bias; the input is extended by 1"),
    "activation": Field(
        Maybe(Either(scalar=ACTIVATION, mapping=ACTIVATION, list=ListOf(ACTIVATION, "a list of activations"))),
        "a name, a name with its options, or a list with an activation for each unit",
        "identity",
    ),
}

CLASS: Fields = {
    "class": Field(
        Either(scalar=Whole(), list=ListOf(Whole(), "a list of classes")),
        "the class of the sample, or a list with that of each sample, counted in `index_base`",
        needed=True,
    ),
}

PENALTY: Fields = {
    "l2": Field(Number(NOT_NEGATIVE), "adds l2 · Σ w² to the loss", "0"),
    "half_l2": Field(Number(NOT_NEGATIVE), "adds half_l2 · ½ Σ w² to the loss", "0"),
    "l1": Field(Number(NOT_NEGATIVE), "adds l1 · Σ |w| to the loss", "0"),
}

NOTATION: Fields = {
    "pre": Field(Text(), "what goes into an activation", "z"),
    "post": Field(Text(), "what comes out of an activation", "a"),
    "weights": Field(Text(), "the weights of a layer", "W"),
    "bias": Field(Text(), "the bias of a layer", "b"),
    "input": Field(Text(), "the letter of the input", "x"),
    "target": Field(Text(), "the letter of the target", "y"),
    "loss": Field(Text(), "the letter of the loss", "L"),
}

DIGITS = Pattern("4dp (decimals) or 4sf (significant figures)", rules.DIGITS, rules.digits)

ROUNDING: Fields = {
    "to": Field(DIGITS, "how many decimals (`4dp`) or significant figures (`4sf`)", needed=True),
    "when": Field(
        Choice("each", "shown"),
        "`each`: every quantity, before it is used further, as by hand; `shown`: only what is shown",
        "each",
    ),
}

DIMS: Fields = {
    "inputs": Field(Letter(), "the letter for the number of inputs"),
    "hidden": Field(Letter(), "the letter for the number of hidden units"),
    "outputs": Field(Letter(), "the letter for the number of outputs"),
    "samples": Field(Letter(), "the letter for the number of samples"),
}

ONE = Made(Number(), rules.alone)
HOW_MANY = Size("the numbers of a sample stand under 'input'")
INPUTS = ByName(ARRAY, "an input", "{x: [1, 2], …}")
GRADIENT = ByName(ARRAY, "a gradient", "{w1: 0.1, …}")

PROBLEM: Fields = {
    "title": Field(Text(), "what the problem is about; it stands above every result"),
    "input": Field(
        Either(scalar=ONE, list=Vector(), rows=Matrix()),
        "one sample; a list of lists is a batch, a row a sample",
    ),
    "target": Field(
        Made(
            Either(scalar=ONE, list=Vector(), rows=Matrix(), mapping=Record(CLASS, rules.classes, says="{class: …}")),
            rules.target,
        ),
        "what the output should be, in the form of the output; or the class of each sample",
    ),
    "loss": Field(LOSS, "a name, or a name with its options, `outputs` and `reduction`"),
    "reduction": REDUCTION,
    "sample_weights": Field(Vector(NOT_NEGATIVE), "a factor for the loss of each sample", "1 for each"),
    "penalty": Field(Record(PENALTY, dict), "added to the loss; over all weights, not over biases", "none"),
    "layers": Field(
        ListOf(
            Record(LAYER, lambda values: Layer(**values), rules.in_layer, where=rules.ABOVE, law=rules.LAYER_LAW),
            "a list of layers",
            rules.layer_name,
        ),
        "the layers, from the input to the output",
    ),
    "weight_layout": Field(
        Choice("out_in", "in_out"),
        "`out_in`: z = W x + b, a row of W leads into a unit; `in_out`: z = x W + b, a column does",
        "out_in",
    ),
    "notation": Field(
        Either(scalar=Made(Choice(*PRESETS), PRESETS.__getitem__), mapping=Record(NOTATION, dict)),
        "other letters for the quantities, or those of a book: `bishop` (a, z) or `mazur` (net, out)",
    ),
    "rounding": Field(
        Either(scalar=Made(DIGITS, rules.rounded), mapping=Record(ROUNDING, rules.rounding)),
        "to how many digits results are rounded, and whether each step is",
        "none",
    ),
    "index_base": Field(Whole(0, 1), "whether indices and classes count from 0 or from 1", "1"),
    "dims": Field(Record(DIMS, dict), "the letters of `shapes` and of symbolic results"),
    "inputs": Field(
        Either(scalar=HOW_MANY, list=HOW_MANY, mapping=INPUTS),
        "of `equations`: by name a number or lists of numbers; of a network without `input`: how many, or a letter",
    ),
    "samples": Field(Size(), "how many samples there are where there is no `input`, or a letter"),
    "parameters": Field(
        ByName(ARRAY, "a parameter", "{w1: 0.5, …}"),
        "what is trained where there are no layers: by name a number or lists of numbers",
    ),
    "equations": Field(
        ByName(Text("a formula"), "a line", "{z: W @ x + b, …}"),
        "a formula for each line, over `inputs`, `parameters` and the lines above it; the last line is the result",
    ),
    "abstract": Field(
        ListOf(Letter(), "a list of names"),
        "functions in `equations` that are not given, for derivations in letters only: [f1, f2]",
        "none",
    ),
    "objective": Field(Text(), "a formula of the `parameters` that is to become small: `(1 - x)**2`"),
    "functions": Field(
        Functions(),
        "by signature, `F(x, y)`, a formula, a list of formulas, or a list of rows of them: for `jacobian`",
    ),
    "compose": Field(Text(), "which of the `functions` is fed by which: `F(G)`, `F(G(H))`, `F(G, H)`"),
    "at": Field(
        ByName(ARRAY, "an argument", "{x: 1, y: 2}"),
        "the point at which `functions` are evaluated: by argument a number, a list or a matrix",
        "letters alone",
    ),
    "gradients": Field(
        Either(list=ListOf(GRADIENT, "a list with a mapping for each step", rules.step_name), mapping=GRADIENT),
        "the gradient of each parameter, in place of computed ones: a list with those of each step, or one mapping",
        "computed",
    ),
    "optimizer": Field(
        Either(
            scalar=OPTIMIZER, mapping=OPTIMIZER, list=ListOf(OPTIMIZER, "a list of optimizers", rules.optimizer_name)
        ),
        "a name, a name with its constants, or a list of those, which are compared",
    ),
    "steps": Field(STEPS, "how many steps the optimizer makes", "one for each of `gradients`, else 1"),
    "marks": Field(
        ByName(Number(NOT_NEGATIVE), "a quantity", "{L: 1, dW1: 4}"),
        "what `check` gives for each quantity, shared by its entries: `{L: 1, dW1: 4}`",
        "1 for each that is answered",
    ),
}

FILE_OF_PROBLEM = Record(PROBLEM, dict, rules.in_problem, where=rules.BELOW, law=rules.BODY_LAW)

# Every table, by what README calls it.
TABLES: Mapping[str, Fields] = {
    "the file": PROBLEM,
    "a layer": LAYER,
    "weights or bias that are drawn": INIT,
    "weights or bias from a file": FILE,
    "target": CLASS,
    "penalty": PENALTY,
    "notation": NOTATION,
    "rounding": ROUNDING,
    "dims": DIMS,
    "an optimizer": COMMON,
    "clip": CLIP,
    "shuffle": SHUFFLE,
}
