"$PYTHON" - <<"END"
import zipfile
with zipfile.ZipFile("58-archive-of-zeros.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
    archive.writestr("w.npy", bytes(70 << 20))
END
gradcalc forward 58-archive-of-zeros.yaml
