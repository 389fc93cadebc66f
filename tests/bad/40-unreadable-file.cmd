# Root may read anything, except what the system itself refuses.
echo "layers: []" > secret.yaml
chmod 0 secret.yaml
if [ -r secret.yaml ]; then gradcalc forward /proc/self/mem; else gradcalc forward secret.yaml; fi
