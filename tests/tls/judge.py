"""Reads what testssl.sh found: exit 0 if it looked at enough, and nothing is worse than "low"."""

import json
import sys

WORSE = ("MEDIUM", "HIGH", "CRITICAL", "FATAL")
# One of each section: a run that broke off found nothing bad either.
LOOKED_AT = ("TLS1_3", "cipherlist_NULL", "cipher_order", "cert_trust", "OCSP_stapling", "heartbleed", "LUCKY13", "RC4")

found = json.load(open(sys.argv[1]))
severities = {}
for one in found:
    severities.setdefault(one["severity"], []).append(one)
print("testssl.sh:", ", ".join(f"{len(ones)} {severity}" for severity, ones in sorted(severities.items())))
for severity, ones in severities.items():
    if severity not in ("OK", "INFO"):
        for one in ones:
            print(f"  {severity:8} {one['id']}: {one['finding']}")
names = {one["id"].split(" ")[0] for one in found}
missing = [name for name in LOOKED_AT if name not in names]
if missing:
    print("not looked at:", ", ".join(missing))
sys.exit(1 if missing or any(severity in WORSE for severity in severities) else 0)
