gradcalc backward 44-input-named-as-a-key.yaml
