gradcalc forward -f jsno
gradcalc forward --color maybe
gradcalc ops sigmod
gradcalc examples mazr
