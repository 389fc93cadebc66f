gradcalc forward --precision 0
gradcalc forward --precision 18
gradcalc forward --precision 1000
gradcalc forward --precision -1
gradcalc forward -p 99999999999999999999
