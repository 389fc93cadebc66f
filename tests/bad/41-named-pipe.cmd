mkfifo pipe
gradcalc forward pipe
