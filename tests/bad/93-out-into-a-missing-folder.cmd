gradcalc forward -o missing/page.txt
