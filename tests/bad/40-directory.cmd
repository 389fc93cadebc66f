gradcalc forward .
