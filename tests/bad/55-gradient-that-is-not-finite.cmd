gradcalc backward 55-gradient-that-is-not-finite.yaml -f json
gradcalc backward 55-gradient-that-is-not-finite.yaml -f csv
gradcalc backward 55-gradient-that-is-not-finite.yaml
