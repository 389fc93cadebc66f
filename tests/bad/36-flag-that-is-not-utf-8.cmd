gradcalc forward -x $'1 \xff' && exit 0
gradcalc forward --set $'title=\xe9'
