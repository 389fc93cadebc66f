gradcalc forward - < /dev/zero
