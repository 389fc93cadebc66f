gradcalc forwrad
gradcalc bakcward net.yaml
