"""CoordTok, taught and reproduced: a video tokenizer whose decoder is asked for patches at coordinates.

OpenMP's threads wait for one another by spinning, which costs up to a hundredfold where other programs use the cores:
beside six busy programs a training step of the preset `tiny` took 2.6 s, with a short spin 0.84 s; on an idle machine
0.12 and 0.11 s. So the spin is made short, before torch is loaded, unless you have chosen a policy of your own
(measured with GNU's OpenMP, GOMP_SPINCOUNT; KMP_BLOCKTIME is the same setting of LLVM's and Intel's).
"""
import os

__version__ = "0.2.0"

if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # turns of an empty loop
    os.environ.setdefault("KMP_BLOCKTIME", "1")  # milliseconds
