gradcalc forward 86-softmax-of-a-thousand.yaml -f csv
gradcalc backward 86-softmax-of-a-thousand.yaml -f csv
