echo old > page.txt
gradcalc forward -o page.txt
code=$?
[ "$(cat page.txt)" = old ] && exit $code
