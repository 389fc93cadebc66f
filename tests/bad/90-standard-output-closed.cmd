gradcalc forward >&-
