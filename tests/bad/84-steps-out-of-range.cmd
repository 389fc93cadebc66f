gradcalc optimize --steps 0
gradcalc optimize --steps -1
gradcalc optimize --steps 1.5
gradcalc optimize --steps nan
gradcalc optimize --steps ""
