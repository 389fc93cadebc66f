gradcalc forward 86-logits-of-a-thousand.yaml -f csv
gradcalc backward 86-logits-of-a-thousand.yaml -f csv
gradcalc forward 86-logits-of-a-thousand.yaml -f json
