gradcalc forward -o .
