gradcalc forward 03-spellings-of-a-float.yaml -f csv
