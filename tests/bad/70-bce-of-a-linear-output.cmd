gradcalc backward 70-bce-of-a-linear-output.yaml
