gradcalc net.yaml
