gradcalc forward - <&-
