gradcalc optimize --optimizer rmspop
gradcalc optimize --optimizer sgd,zzz
gradcalc optimize --optimizer ""
gradcalc optimize --beta1 0.9
