gradcalc optimize 16-unknown-constant.yaml
