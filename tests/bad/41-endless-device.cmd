gradcalc forward /dev/zero
