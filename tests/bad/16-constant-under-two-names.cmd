gradcalc optimize 16-constant-under-two-names.yaml
