gradcalc backward --of zz
gradcalc backward --of z_H
gradcalc backward --of "z_H[3]"
gradcalc backward --of "z_H[1,1]"
gradcalc backward --of "z_H[0]"
gradcalc backward --of W_H
gradcalc backward --of ""
gradcalc backward --of "e["
