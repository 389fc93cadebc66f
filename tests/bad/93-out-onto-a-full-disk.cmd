gradcalc forward -o /dev/full
