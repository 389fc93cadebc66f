gradcalc backward --locals -f json -x "$(printf "1 %.0s" {1..300})" -w "$(for i in {1..100}; do printf "1 %.0s" {1..300}; printf ";"; done | sed "s/;\$//")" -a relu | head -1 > /dev/null
exit ${PIPESTATUS[0]}
