"""Pages of LaTeX compile as they are, whatever is in them, and read well in every reader of formulas."""

from __future__ import annotations

import pytest
from goldens import CONFIGS, OF_NUMBERS, OF_PARAMETERS, Golden, goldens
from invoke import invoke
from turns import in_turn
from typeset import complaints, document, formulas, katex, needs_pdflatex, page, pages, refused

from gradcalc.engine.ops import LOSSES, OPS
from gradcalc.show.blocks import Column, Drawing, Facts, Heading, Line, Note, Pairs, Row, Table, Value
from gradcalc.show.latex import write
from gradcalc.training.optimizers import OPTIMIZERS

COMMANDS = {" ".join(command): command for command in (*OF_NUMBERS.values(), *OF_PARAMETERS.values())}
TRAINED = "configs/relu-sigmoid-bce.yaml"


def explanation(golden: Golden) -> tuple[str, ...]:
    """What is asked for, where that is an explanation, in whatever format it is recorded."""
    arguments = golden.arguments
    if arguments[0] != "explain":
        return ()
    return arguments[: arguments.index("--format")] if "--format" in arguments else arguments


EXPLAINED = [asked for asked in dict.fromkeys(map(explanation, goldens())) if asked]
SMALL = ("--layers", "1-1", "--activation", "identity", "--loss", "mse", "--seed", "1")
# matrices may be as wide as they are
WHOLE = [list(asked) for asked in EXPLAINED if "--form" in asked]
ALONE = {
    "ops": [["ops"], *(["ops", name] for name in (*OPS, *LOSSES, *OPTIMIZERS))],
    "examples": [["examples"]],
    "gradcheck": [list(golden.arguments) for golden in goldens() if golden.arguments[0] == "gradcheck"],
    "explain": [list(asked) for asked in EXPLAINED if "--form" not in asked],
    "sheets": [
        *(["exercise", f"configs/{name}.yaml", "--sheet"] for name in CONFIGS if not name.startswith("letters/")),
        ["exercise", *SMALL, "--sheet", "--optimizer", "adam", "--steps", "2"],
    ],
    "jacobian": [["jacobian", TRAINED, "--of", "u_O", "--wrt", "x"]],
    "runs": [
        ["optimize", TRAINED, "--optimizer", "adam", "--steps", "4", "--plot"],
        ["optimize", TRAINED, "--optimizer", "sgd,adam,rmsprop", "--steps", "3"],
        ["optimize", "configs/xor.yaml", "--optimizer", "adam", "--steps", "400"],
        [
            "optimize",
            TRAINED,
            "--optimizer",
            "sgd",
            "--steps",
            "9",
            "--set",
            "optimizer.schedule={name: step, every: 3}",
        ],
        *(
            ["optimize", TRAINED, "--optimizer", name, "--steps", "3", "--symbolic", "--show", "1,3,10"]
            for name in OPTIMIZERS
        ),
    ],
}
HOSTILE = (
    "\\input{/etc/passwd}", "50% off", "a $x$ b", "}{", "{", "#1 & ~ ^ _", "\\end{document}", "[8pt]", "*", "x_",
    "_x", "x^y", "--- ,, ''", "<<b>>", "`q`", "é ü ñ ß Å ł", "中文 Ж", "\x1b[31m", "\u202eabc", "α ≤ β_1 × ∂L/∂x",
    "x²³", "a|b", '"q"', "%", "\\", "$$", "\\\\", "^^41", "W_H[2,1]", "name with spaces", "?` !`",
)  # fmt: skip
# what does most harm where it is obeyed, which every run looks at
WORST = ("\\input{/etc/passwd}", "}{", "\\end{document}", "%", "\\\\", "^^41")


def hostile(text: str) -> list[str]:
    """A command whose title and whose layer are called so."""
    return ["backward", "-x", "1 -2", "-y", "1", "-l", "mse", "-w", "1 2", *called(text)]


def called(text: str) -> list[str]:
    """A title, and the name of the first layer."""
    title, layer = ('"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\x1b", "\\x1b") + '"' for _ in "12")
    return ["--set", f"title={title}", "--set", f"layers.1.name={layer}"]


@needs_pdflatex
@in_turn("command", COMMANDS, ["backward"])
def test_every_page_of_every_example_compiles_in_one_run_and_keeps_to_its_margins(command, tmp_path):
    assert complaints(document(pages(COMMANDS[command])), tmp_path) == []


@needs_pdflatex
@in_turn("group", ALONE, ["runs"])
def test_every_other_page_compiles_and_keeps_to_its_margins(group, tmp_path):
    assert complaints(document([page(arguments) for arguments in ALONE[group]]), tmp_path) == []


@needs_pdflatex
@pytest.mark.slow
def test_every_explanation_by_matrices_compiles_however_wide_they_are(tmp_path):
    found = complaints(document([page(arguments) for arguments in WHOLE]), tmp_path)
    assert [complaint for complaint in found if not complaint.endswith("too wide")] == []


@needs_pdflatex
def test_a_standalone_page_compiles_as_it_is(tmp_path):
    done = invoke(["backward", "--locals", "--format", "latex", "--standalone"])
    assert complaints(done.stdout, tmp_path) == []


@needs_pdflatex
@in_turn("texts", [WORST, HOSTILE], [WORST], ids=["the worst", "all"])
def test_names_and_titles_are_shown_and_never_obeyed(texts, tmp_path):
    found = [page(hostile(text)) for text in texts]
    found += [page(["exercise", *SMALL, "--sheet", *called(text)]) for text in texts]
    assert complaints(document(found), tmp_path) == []


@pytest.mark.skipif(katex() is None, reason="node with katex is not installed; CONTRIBUTING says how")
def test_katex_takes_every_formula_in_its_strict_mode():
    others = [page(arguments) for group in (*ALONE.values(), WHOLE) for arguments in group]
    found = [*pages(*COMMANDS.values()), *others, *(page(hostile(text)) for text in HOSTILE)]
    found += pages(*COMMANDS.values(), form="markdown")
    assert refused([formula for one in found for formula in formulas(one.tex)]) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_is_ascii_and_its_braces_are_in_pairs(text):
    tex = page(hostile(text)).tex
    assert tex.isascii()
    depth = 0
    for sign in tex.replace("\\\\", "").replace("\\{", "").replace("\\}", ""):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0


def test_a_result_is_sections_paragraphs_and_tables():
    table = Table(
        (Column("quantity"), Column("θ", "number")), [Row(("[1]", Value(0.5))), Row(("L", Value(-2)), "bold")]
    )
    page_ = [
        Line("Title", "title"),
        Facts(["a_b", "1 sample"]),
        table,
        Heading("Why"),
        Pairs([("a", "b")]),
        Note("50%"),
    ]
    assert (
        write(page_)
        == r"""% needs amsmath
\section*{Title}

{\raggedright\noindent \mbox{a\_b} \qquad \mbox{1 sample}\par}

{\noindent
\begin{tabular}{@{}lr@{}}
quantity & $\theta$ \\
\hline\noalign{\vskip 4pt}
{}[1] & $0.5$ \\
\textbf{L} & $-2$ \\
\end{tabular}\par}

\subsection*{Why}

{\noindent
\begin{tabular}{@{}ll@{}}
a & b \\
\end{tabular}\par}

{\raggedright\noindent 50\%\par}
"""
    )


def test_numbers_of_a_large_array_are_all_there():
    wide = [[i * 1.5 + j for j in range(40)] for i in range(60)]
    tall = list(range(300))
    tex = write([Table((Column("a"), Column("b")), [Row(("x", Value(wide))), Row(("y", Value(tall)))])])
    for number in {*(n for row in wide for n in row), *tall}:
        assert f"{number:g}" in tex
    assert "dots" not in tex


def test_a_drawing_keeps_its_signs_in_their_columns():
    tex = write([Drawing(lambda *_: ["a  b", " \\end{verbatim}"])])
    assert r"a~~b" in tex
    assert r"~\textbackslash{}end\{verbatim\}" in tex


def test_standalone_is_for_latex_alone():
    for form in ("table", "json", "csv", "markdown"):
        done = invoke(["forward", "--standalone", "--format", form])
        assert done.code == 2
        assert "--standalone" in done.stderr
