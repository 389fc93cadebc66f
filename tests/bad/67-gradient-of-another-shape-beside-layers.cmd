gradcalc optimize 67-gradient-of-another-shape-beside-layers.yaml
