gradcalc forward 44-names-with-brackets.yaml
gradcalc backward 44-names-with-brackets.yaml --locals
gradcalc backward 44-names-with-brackets.yaml --ascii
gradcalc shapes 44-names-with-brackets.yaml --derivatives
gradcalc backward 44-names-with-brackets.yaml -f json
gradcalc backward 44-names-with-brackets.yaml -f csv
gradcalc backward 44-names-with-brackets.yaml -f markdown
