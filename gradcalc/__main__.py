"""`python -m gradcalc` is `gradcalc`."""

from gradcalc.cli.main import main

main()
