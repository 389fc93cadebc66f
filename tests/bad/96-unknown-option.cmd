gradcalc forward --precison 3
