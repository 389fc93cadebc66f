gradcalc jacobian "f(x) = 9**9**9"
gradcalc jacobian "f(x) = x + 9^9^9^9"
gradcalc jacobian "f(x) = x/0"
