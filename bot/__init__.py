"""Support-group bot for the administrative-procedure system of Đồng Tháp."""

import os

# numpy's BLAS reads this when it is loaded. Our matrices are small: threads that share them wait longer than they work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
