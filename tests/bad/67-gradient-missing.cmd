gradcalc optimize 67-gradient-missing.yaml
