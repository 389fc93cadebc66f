gradcalc forward --set
gradcalc forward -f
