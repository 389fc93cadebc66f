PYTHONUTF8=0 PYTHONIOENCODING=ascii gradcalc backward
