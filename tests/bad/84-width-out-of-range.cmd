gradcalc forward --width 0
gradcalc forward --width -5
gradcalc forward --width x
