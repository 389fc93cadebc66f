gradcalc optimize 67-too-few-gradients.yaml
gradcalc optimize 67-too-few-gradients.yaml --steps 5
