PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 LC_ALL=C gradcalc forward missing-∂.yaml
