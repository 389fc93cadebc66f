gradcalc optimize 84-rate-that-is-none.yaml
