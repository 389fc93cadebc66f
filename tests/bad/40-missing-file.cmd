gradcalc forward 40-missing-fiel.yml
