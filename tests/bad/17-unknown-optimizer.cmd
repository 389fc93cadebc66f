gradcalc optimize 17-unknown-optimizer.yaml
