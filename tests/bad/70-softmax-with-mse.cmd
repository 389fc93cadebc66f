gradcalc backward 70-softmax-with-mse.yaml
gradcalc backward 70-softmax-with-mse.yaml -f json
