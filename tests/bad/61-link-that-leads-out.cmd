mkdir inside && cp 61-link-that-leads-out.yaml inside
echo "12345" > secret.csv
ln -s ../secret.csv inside/61-link.csv
gradcalc forward inside/61-link-that-leads-out.yaml
