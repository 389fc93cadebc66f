gradcalc optimize --lr -0.1
gradcalc optimize --lr 0
gradcalc optimize --lr nan
gradcalc optimize --lr inf
gradcalc optimize --lr 0.1,-2
gradcalc optimize --lr ""
gradcalc optimize --optimizer adam --beta1 1.5 --eps-place insid
