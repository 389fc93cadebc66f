gradcalc forward --round 0sf
gradcalc forward --round 400dp
gradcalc forward --round 4
gradcalc forward --round -1dp
gradcalc forward --round ""
