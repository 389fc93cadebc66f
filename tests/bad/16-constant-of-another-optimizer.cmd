gradcalc optimize 16-constant-of-another-optimizer.yaml
