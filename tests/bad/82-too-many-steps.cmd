gradcalc optimize 82-too-many-steps.yaml
gradcalc optimize --steps 1000000000000
gradcalc optimize --steps 1e12
gradcalc optimize --set steps=99999999999999999999999
