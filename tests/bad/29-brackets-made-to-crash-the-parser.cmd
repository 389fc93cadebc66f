{ printf "%0.s[" {1..50000}; printf "%0.s]" {1..50000}; } > brackets.yaml
gradcalc forward brackets.yaml
