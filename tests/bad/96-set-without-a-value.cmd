gradcalc forward --set x
gradcalc forward --set =1
