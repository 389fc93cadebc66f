row=$(printf "1 %.0s" {1..300})
PYTHONUNBUFFERED=1 gradcalc forward -f csv -x "$row" -w "$(for i in {1..99}; do printf "$row;"; done)$row" | head -1 > /dev/null
exit ${PIPESTATUS[0]}
