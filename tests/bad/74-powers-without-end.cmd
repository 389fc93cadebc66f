gradcalc backward 74-powers-without-end.yaml --set 'objective="9**9**9*x"'
gradcalc backward 74-powers-without-end.yaml --set 'objective="2**(10**10) + y"'
gradcalc backward 74-powers-without-end.yaml --set 'objective="exp(exp(exp(exp(x))))"'
