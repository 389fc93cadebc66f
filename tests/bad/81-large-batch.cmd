for i in {1..20000}; do printf "1\n"; done | { printf "input: ["; while read -r n; do printf "[1],"; done; echo "[1]]"; } > batch.yaml
echo "layers: [{units: 1000, weights: 1}]" >> batch.yaml
gradcalc forward batch.yaml
