gradcalc ops -f json > /dev/full
