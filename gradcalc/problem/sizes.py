"""How large each layer is, in numbers or letters, with its weights and biases as arrays of that size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import Fault, GradcalcError, LimitError, Place, ProblemError
from gradcalc.problem.model import Activation, File, Init, Layer, Numbers, Problem
from gradcalc.problem.quantity import LayerNames, Names, Size

MAX_PARAMETERS = 1_000_000
MAX_UNITS = 4096
MAX_LAYERS = 200


class SizedLayer(NamedTuple):
    """A layer that knows its sizes; `weights` and `bias` are None where the layer has none, or only letters."""

    layer: Layer
    number: int
    names: LayerNames
    fan_in: Size
    units: Size
    weights: Array | None
    bias: Array | None

    @property
    def weighted(self) -> bool:
        """False for a layer that is its activation alone."""
        return self.layer.weights is not None or self.layer.units is not None

    @property
    def columns(self) -> Size:
        """How many inputs the weights meet, a folded bias included."""
        extra = 1 if self.layer.bias_column else 0
        return self.fan_in + extra if isinstance(self.fan_in, int) else f"{self.fan_in}+1" if extra else self.fan_in

    @property
    def activations(self) -> tuple[Activation, ...]:
        chosen = self.layer.activation
        if isinstance(chosen, tuple):
            return chosen
        return (chosen,) if chosen else ()


def has_numbers(problem: Problem) -> bool:
    """False for a network of letters, which serves `shapes` and derivations."""
    return problem.input is not None or any(layer.weights is not None for layer in problem.layers)


def size_layers(problem: Problem, names: Names) -> tuple[SizedLayer, ...]:
    """The layers with their sizes and numbers; one ProblemError with everything that does not fit."""
    if len(problem.layers) > MAX_LAYERS:
        raise LimitError(
            f"{len(problem.layers)} layers are more than the {MAX_LAYERS} that gradcalc takes on",
            problem.place("layers"),
        )
    sizer = _Sizer(problem)
    before = _Before(names.input, _first_fan_in(problem))
    sized = []
    for number, (layer, layer_names) in enumerate(zip(problem.layers, names.layers, strict=True), 1):
        sized.append(sizer.size(layer, number, layer_names, before))
        before = _Before(layer_names.post, sized[-1].units)
    if sizer.faults:
        raise ProblemError(sizer.faults)
    return tuple(sized)


class _Before(NamedTuple):
    """What a layer is fed with: the name of a quantity and the number of its entries (None: whatever fits)."""

    name: str
    size: Size | None


def _first_fan_in(problem: Problem) -> Size | None:
    if problem.input is not None:
        return problem.input.shape[-1] if problem.input.ndim else 1
    return problem.inputs


class _Sizer:
    """Sizes one layer after the other and gathers the faults."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.faults: list[Fault] = []
        self.parameters = 0
        self.lettered = not has_numbers(problem)

    def size(self, layer: Layer, number: int, names: LayerNames, before: _Before) -> SizedLayer:
        where = f"layer {layer.name or number}"
        fan_in = before.size
        if layer.weights is None and (layer.units is None or not self.lettered):
            if layer.units is not None:
                self._fault(
                    f"{where} has units but no weights",
                    number,
                    "units",
                    "add weights: a matrix, one number, or {init: …}",
                )
            units = layer.units if layer.units is not None else fan_in
            return self._done(SizedLayer(layer, number, names, fan_in or "M", units or "M", None, None))
        extra = 1 if layer.bias_column else 0
        weights = self._weights(layer, number, names, fan_in, extra)
        if weights is None:
            return self._done(SizedLayer(layer, number, names, fan_in or "M", layer.units or "K", None, None))
        rows, columns = weights.shape if self.problem.weight_layout == "out_in" else weights.shape[::-1]
        if isinstance(fan_in, int) and columns != fan_in + extra:
            self._misfit(weights, number, names, before, extra)
        if layer.units is not None and layer.units != rows:
            self._fault(f"{where} says units: {layer.units}, but its weights make {rows}", number, "units")
        bias = self._bias(layer, number, names, rows)
        return self._done(SizedLayer(layer, number, names, fan_in or columns - extra, rows, weights, bias))

    def _done(self, sized: SizedLayer) -> SizedLayer:
        count = len(sized.activations)
        if isinstance(sized.layer.activation, tuple):
            if isinstance(sized.units, int) and count != sized.units:
                message = f"layer {sized.layer.name or sized.number} has {sized.units} units but {count} activations"
                self._fault(message, sized.number, "activation", "one for each unit, or one name for all")
            for activation in sized.activations:
                if activation.op.name in ("softmax", "log_softmax"):
                    self._fault(
                        f"{activation.op.name} mixes all units of a layer and can't be one unit's",
                        sized.number,
                        "activation",
                    )
        return sized

    def _weights(self, layer: Layer, number: int, names: LayerNames, fan_in: Size | None, extra: int) -> Array | None:
        numbers = layer.weights
        if numbers is None:
            return None
        shape = None
        if isinstance(numbers, float | Init):
            if layer.units is None:
                self._fault(
                    f"{names.weights} has no size: say how many units the layer has", number, "weights", "add units: …"
                )
                return None
            if not isinstance(layer.units, int) or not isinstance(fan_in, int):
                self._fault(f"{names.weights} needs sizes in numbers, and the layer has letters", number, "units")
                return None
            shape = (layer.units, fan_in + extra)
            shape = shape if self.problem.weight_layout == "out_in" else shape[::-1]
        return self._numbers(numbers, shape, 2, names.weights, number, "weights", extra)

    def _bias(self, layer: Layer, number: int, names: LayerNames, units: int) -> Array | None:
        if layer.bias is None:
            return None
        shape = () if layer.bias_shared else (units,)
        bias = self._numbers(layer.bias, shape, len(shape), names.bias, number, "bias")
        if bias is not None and bias.shape != shape:
            entries = "one number" if layer.bias_shared else f"{units} entries, one for each unit"
            self._fault(f"{names.bias} has {bias.size} entries but the layer needs {entries}", number, "bias")
            return None
        return bias

    def _numbers(
        self,
        numbers: Numbers,
        shape: tuple[int, ...] | None,
        rank: int,
        name: str,
        number: int,
        key: str,
        extra: int = 0,
    ) -> Array | None:
        """The array that is written, filled, drawn or read, of rank `rank`; None with a fault if there is none.

        `extra` is 1 where the inputs are extended by a 1 for the bias, which is no input of the unit.
        """
        try:
            if not isinstance(numbers, File):
                self._charge(name, shape if shape is not None else getattr(numbers, "shape", ()), number, key)
            array = self._made(numbers, shape, extra)
            if isinstance(numbers, File):
                self._charge(name, array.shape, number, key)
        except LimitError:
            raise
        except GradcalcError as error:
            self.faults += [fault._replace(place=fault.place or self._place(number, key)) for fault in error.faults]
            return None
        if rank == 2 and array.ndim == 1:
            array = array[None, :]
        if rank == 0 and array.size == 1:
            array = array.reshape(())
        if array.ndim != rank or not array.size:
            wanted = {0: "one number", 1: "a list of numbers", 2: "a matrix"}[rank]
            self._fault(f"{name} must be {wanted}, and this is {_dimensions(array)}", number, key)
            return None
        return array

    def _made(self, numbers: Numbers, shape: tuple[int, ...] | None, extra: int) -> Array:
        if isinstance(numbers, File):
            from gradcalc.problem.files import read_array  # noqa: PLC0415 - few networks come from files

            return read_array(numbers, self.problem.folder)
        if isinstance(numbers, Init) and shape is not None:
            from gradcalc.problem.draw import draw  # noqa: PLC0415 - or are drawn

            fans = shape[::-1] if self.problem.weight_layout == "out_in" else shape
            fan_in, fan_out = fans if len(shape) == 2 else (shape or (1,)) * 2
            return draw(numbers, shape, fan_in - extra, fan_out)
        if isinstance(numbers, float | int) and shape is not None:
            return np.full(shape, float(numbers))
        return np.asarray(numbers, dtype=np.float64)

    def _charge(self, name: str, shape: tuple[int, ...], number: int, key: str) -> None:
        """Refuse what is too large before any memory is taken."""
        size = 1
        for side in shape:
            size *= side
            if side > MAX_UNITS:
                message = f"{name} would be {'×'.join(map(str, shape))}: a layer has at most {MAX_UNITS} units"
                raise LimitError(message, self._place(number, key))
        self.parameters += size
        if self.parameters > MAX_PARAMETERS:
            message = f"with {name} the network has {self.parameters} parameters; the limit is {MAX_PARAMETERS}"
            raise LimitError(message, self._place(number, key))

    def _misfit(self, weights: Array, number: int, names: LayerNames, before: _Before, extra: int) -> None:
        """W and what it meets do not fit: the mathematics of it, and whether the transpose would."""
        layout, fed = self.problem.weight_layout, before.size
        needs = f"{fed + extra}" if isinstance(fed, int) else f"{fed}"
        side, other = ("columns", 0) if layout == "out_in" else ("rows", 1)
        product = f"{names.weights} @ {before.name}" if layout == "out_in" else f"{before.name} @ {names.weights}"
        message = (
            f"{names.weights} is {_dimensions(weights)} but {before.name} has {_entries(fed)}"
            f"{' and a 1 for the bias' if extra else ''}: {product} needs {needs} {side}."
        )
        if weights.shape[other] == int(needs):
            message += " Transposed?"
        self._fault(message, number, "weights")

    def _fault(self, message: str, number: int, key: str, hint: str | None = None) -> None:
        self.faults.append(Fault(message, self._place(number, key), hint))

    def _place(self, number: int, key: str) -> Place | None:
        return self.problem.place("layers", number - 1, key)


def _dimensions(array: Array) -> str:
    return "×".join(map(str, array.shape)) or "a single number"


def _entries(size: Size | None) -> str:
    return f"{size} {'entry' if size == 1 else 'entries'}"
