gradcalc backward 78-slope-at-a-corner.yaml
