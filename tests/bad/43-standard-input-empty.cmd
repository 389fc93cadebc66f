gradcalc forward -
