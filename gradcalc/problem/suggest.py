"""What somebody may have meant by a word that gradcalc doesn't know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# Names that other programs and books have for ours, where spelling alone would not lead there.
OTHER_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("description", "heading", "caption", "about"),
    "input": ("x", "data", "features", "sample", "inputs", "x0"),
    "target": ("y", "t", "label", "labels", "expected", "desired", "truth", "output", "d"),
    "loss": ("cost", "criterion", "error", "e", "l", "j", "c"),
    "layers": ("network", "net", "model", "architecture"),
    "reduction": ("average", "reduce"),
    "sample_weights": ("sample_weight", "weighting"),
    "penalty": ("regularization", "regularisation", "regularizer", "weight_decay", "l2", "l1", "half_l2", "lambda"),
    "weight_layout": ("layout", "order", "convention", "transpose", "transposed"),
    "notation": ("symbols", "names", "letters"),
    "rounding": ("round", "precision", "digits", "decimals"),
    "index_base": ("base", "indexing", "start_index"),
    "dims": ("dimensions", "shape", "shapes", "sizes"),
    "samples": ("batch", "batch_size", "n"),
    "inputs": ("in_features", "input_size", "input_dim", "m"),
    "equations": ("equation", "formulas", "lines", "computation", "expressions", "eqs"),
    "parameters": ("params", "variables", "theta", "θ", "start"),
    "objective": ("minimize", "minimise", "function", "f"),
    "gradients": ("gradient", "grads", "grad", "derivatives", "g"),
    "optimizer": ("optimiser", "optimizers", "optimisers", "optim", "opt", "method", "algorithm", "solver"),
    "steps": ("iterations", "epochs", "updates", "n_steps", "num_steps", "max_iter"),
    "lr": ("learning_rate", "rate", "eta", "η", "step_size", "stepsize", "alpha", "α"),
    "beta1": ("betas", "b1", "β1", "β₁"),
    "beta2": ("b2", "β2", "β₂"),
    "beta": ("momentum", "mu", "β", "μ"),
    "rho": ("alpha", "decay", "decay_rate", "smoothing", "ρ"),
    "eps": ("epsilon", "ε"),
    "bias_correction": ("correct_bias", "debias", "corrected"),
    "weight_decay": ("decay", "wd", "l2", "λ"),
    "schedule": ("scheduler", "lr_schedule", "decay"),
    "frozen": ("freeze", "fixed", "constant"),
    "clip": ("clipping", "clip_norm", "clipnorm", "clip_value", "clipvalue", "max_norm"),
    "batch_size": ("batch", "batchsize", "minibatch"),
    "maximize": ("maximise", "ascent"),
    "initial": ("state", "initial_state", "start", "initial_accumulator_value"),
    "name": ("id", "label", "key", "type", "kind"),
    "units": ("neurons", "nodes", "size", "width", "n", "out_features", "hidden", "outputs"),
    "weights": ("w", "kernel", "theta", "matrix", "coefficients", "params", "parameters"),
    "bias": ("b", "intercept", "offset", "threshold"),
    "bias_shared": ("shared", "shared_bias", "share_bias", "tied_bias"),
    "bias_column": ("bias_first", "bias_last", "augmented", "bias_position"),
    "activation": ("f", "g", "phi", "sigma", "nonlinearity", "non_linearity", "transfer", "transfer_function", "act"),
    "init": ("scheme", "initializer", "initialiser", "initialization", "initialisation", "distribution"),
    "file": ("path", "filename", "from", "source"),
    "key": ("array", "member", "name", "variable"),
    "std": ("sigma", "stddev", "scale", "deviation"),
    "seed": ("random_state", "rng"),
    "class": ("label", "index", "classes", "category"),
    "pre": ("z", "preactivation", "pre_activation", "net"),
    "post": ("a", "activation", "postactivation", "out", "output"),
    "to": ("digits", "places", "decimals", "dp", "sf"),
    "when": ("at", "mode"),
    "slope": ("negative_slope", "alpha"),
    "alpha": ("slope",),
    "min": ("min_val", "lower", "low"),
    "max": ("max_val", "upper", "high"),
}

OTHER_VALUES: Mapping[str, tuple[str, ...]] = {
    "identity": ("none", "id", "linear_activation", "no"),
    "sigmoid": ("logit", "sig", "expit", "sigma"),
    "tanh": ("hyperbolic_tangent", "tangens_hyperbolicus"),
    "relu": ("rectifier", "rectified_linear", "ramp"),
    "leaky_relu": ("lrelu", "leaky", "prelu"),
    "step": ("heaviside", "threshold", "unit_step"),
    "logsigmoid": ("log_sigmoid",),
    "hardsigmoid": ("hard_sigmoid",),
    "hardswish": ("hard_swish",),
    "hardtanh": ("hard_tanh", "clip"),
    "mse": ("mean_squared_error", "mean_square_error", "quadratic"),
    "mae": ("mean_absolute_error",),
    "squared_error": ("sum_of_squares", "residual_sum_of_squares", "sum_squared_error"),
    "bce": ("binary_cross_entropy", "binary_crossentropy", "log_loss", "logloss"),
    "cross_entropy": ("categorical_crossentropy", "categorical_cross_entropy", "crossentropy", "ce", "xent"),
    "nll": ("nll_loss", "negative_log_likelihood"),
    "kl_div": ("kl", "kld", "kullback_leibler", "kl_divergence"),
    "sgd": ("gd", "gradient_descent", "stochastic_gradient_descent", "descent", "plain", "vanilla"),
    "momentum": ("heavy_ball", "heavyball", "sgd_momentum", "classical_momentum"),
    "nesterov": ("nag", "nesterov_momentum", "accelerated"),
    "polyak": ("polyak_step", "sps"),
    "out_in": ("in_rows", "torch", "pytorch", "rows"),
    "in_out": ("keras", "tensorflow", "columns"),
    "mean": ("avg", "average"),
    "sum": ("total", "add"),
    "normal": ("gaussian", "randn"),
    "uniform": ("rand", "random"),
    "xavier_uniform": ("glorot_uniform", "xavier", "glorot"),
    "xavier_normal": ("glorot_normal",),
    "he_uniform": ("kaiming_uniform", "kaiming", "he"),
    "he_normal": ("kaiming_normal",),
}

_LONGEST = 100


def nearest(word: str, known: Iterable[str], others: Mapping[str, tuple[str, ...]] = OTHER_KEYS) -> str | None:
    """The word of `known` that `word` most likely stands for: by another name of it, else by its spelling.

    >>> nearest("activaton", ["activation", "bias"]), nearest("neurons", ["units"]), nearest("zzz", ["units"])
    ('activation', 'units', None)
    >>> nearest("zH", ["z_H", "z_O"]), nearest("weightLayout", ["weight_layout"])
    ('z_H', 'weight_layout')
    """
    words = list(known)
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in words:
        return plain
    spelled = [ours for ours in words if _folded(ours) == _folded(plain)]
    if len(spelled) == 1:
        return spelled[0]
    for ours in words:
        if plain in others.get(ours, ()):
            return ours
    from difflib import get_close_matches  # noqa: PLC0415  imported where a fault has already been made

    if len(plain) > _LONGEST:
        return None
    plainly = {ours.lower(): ours for ours in words}
    by_other_name = {other: ours for ours in words for other in others.get(ours, ())} | plainly
    close = get_close_matches(plain, by_other_name, 1, 0.8) or get_close_matches(plain, plainly, 1, 0.6)
    return by_other_name[close[0]] if close else None


def _folded(word: str) -> str:
    """A word without what is often written otherwise: `zH` and `z_h` for `z_H`."""
    return word.lower().replace("_", "")


def hint(word: str, known: Iterable[str], others: Mapping[str, tuple[str, ...]] = OTHER_KEYS) -> str:
    """`did you mean 'activation'?`, or all that could be meant."""
    words = list(known)
    close = nearest(word, words, others)
    if close:
        return f"did you mean '{close}'?"
    return f"one of {', '.join(words)}" if len(words) > 1 else f"only {words[0]} belongs there"
