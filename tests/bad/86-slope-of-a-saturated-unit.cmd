gradcalc backward 86-slope-of-a-saturated-unit.yaml --locals
