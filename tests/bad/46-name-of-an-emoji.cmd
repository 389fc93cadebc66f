gradcalc forward 46-name-of-an-emoji.yaml
gradcalc backward 46-name-of-an-emoji.yaml --locals
gradcalc backward 46-name-of-an-emoji.yaml --ascii
gradcalc shapes 46-name-of-an-emoji.yaml --derivatives
gradcalc backward 46-name-of-an-emoji.yaml -f json
gradcalc backward 46-name-of-an-emoji.yaml -f csv
gradcalc backward 46-name-of-an-emoji.yaml -f markdown
