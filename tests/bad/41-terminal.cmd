gradcalc forward /dev/tty
