gradcalc forward -o ""
