gradcalc forward --precision nan
gradcalc forward --precision inf
gradcalc forward --precision 1.5
gradcalc forward --precision x
gradcalc forward --precision ""
