gradcalc backward 70-sigmoid-with-cross-entropy.yaml
