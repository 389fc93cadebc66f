gradcalc optimize 84-steps-that-are-none.yaml
gradcalc optimize 84-steps-that-are-none.yaml --set steps=-1
