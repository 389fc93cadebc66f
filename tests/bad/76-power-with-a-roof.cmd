gradcalc forward 76-power-with-a-roof.yaml --set objective=x^2+y^-1
