gradcalc forward 53-names-that-spreadsheets-obey.yaml -f csv
gradcalc backward 53-names-that-spreadsheets-obey.yaml -f csv --locals
gradcalc shapes 53-names-that-spreadsheets-obey.yaml -f csv --derivatives
