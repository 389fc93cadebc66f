gradcalc forward 11-fraction.yaml -f csv
