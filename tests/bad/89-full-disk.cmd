gradcalc forward > /dev/full
