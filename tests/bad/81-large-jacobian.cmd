gradcalc jacobian 81-large-jacobian.yaml --wrt W2
