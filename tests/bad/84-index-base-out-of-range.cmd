gradcalc forward --index-base 2
gradcalc forward --index-base -1
