gradcalc forward 01-exponent-without-point.yaml -f csv
