gradcalc backward 52-names-that-markdown-obeys.yaml -f markdown
gradcalc forward 52-names-that-markdown-obeys.yaml -f markdown
gradcalc shapes 52-names-that-markdown-obeys.yaml -f markdown
