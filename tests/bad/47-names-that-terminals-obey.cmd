gradcalc forward 47-names-that-terminals-obey.yaml
gradcalc backward 47-names-that-terminals-obey.yaml --locals
gradcalc backward 47-names-that-terminals-obey.yaml --ascii
gradcalc shapes 47-names-that-terminals-obey.yaml --derivatives
gradcalc backward 47-names-that-terminals-obey.yaml -f json
gradcalc backward 47-names-that-terminals-obey.yaml -f csv
gradcalc backward 47-names-that-terminals-obey.yaml -f markdown
