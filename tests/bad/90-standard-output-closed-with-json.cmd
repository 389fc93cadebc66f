gradcalc forward -f json >&-
