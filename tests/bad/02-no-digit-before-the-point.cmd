gradcalc forward 02-no-digit-before-the-point.yaml -f csv
