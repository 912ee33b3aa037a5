"""Red flags: signs in open contracting data that somebody should look closer. A sign, never a proof.

Eleven indicators of the Open Contracting Partnership's Cardinal (https://cardinal.readthedocs.io), computed on compiled
releases of OCDS 1.1, our own and imported ones alike.
"""
