gradcalc backward 74-powers-without-end-in-equations.yaml --set 'equations.z="9**9**9*w"'
gradcalc backward 74-powers-without-end-in-equations.yaml --set 'equations.z="2**(10**10) + w"'
gradcalc backward 74-powers-without-end-in-equations.yaml --set 'equations.L="exp(exp(exp(exp(z))))"'
