gradcalc forward $'\e[2J.yaml' && exit 0
cp 47-file-name-that-terminals-obey.yaml $'\e[31m.yaml'
gradcalc forward $'\e[31m.yaml'
