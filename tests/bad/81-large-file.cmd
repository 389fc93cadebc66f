head -c 1048577 /dev/zero | tr "\0" "#" > large.yaml
gradcalc forward large.yaml
