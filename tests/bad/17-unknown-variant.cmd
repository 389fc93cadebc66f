gradcalc optimize 17-unknown-variant.yaml
