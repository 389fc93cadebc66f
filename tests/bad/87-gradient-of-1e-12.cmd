gradcalc backward 87-gradient-of-1e-12.yaml
gradcalc backward 87-gradient-of-1e-12.yaml -p 1
gradcalc backward 87-gradient-of-1e-12.yaml -f markdown
gradcalc backward 87-gradient-of-1e-12.yaml --round 4dp
