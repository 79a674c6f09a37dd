#!/usr/bin/env bash
# testssl.sh against a running privet: nothing it finds may be worse than "low". One to two minutes.
#
#   tests/tls/run.sh [path of privet]
#
# The authority, the certificate and the stapled OCSP response are made here and trusted by testssl.sh alone, so that what
# it says of trust is about the chain as served, too. Not looked at: HTTP headers, which are the site's and the vendor's.
set -euo pipefail
privet=$(realpath "${1:-target/debug/privet}")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
testssl=$(command -v testssl || command -v testssl.sh)
work=$(mktemp -d)
started=()
finish() {
    for pid in ${started[@]+"${started[@]}"}; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    rm -rf "$work"
}
trap finish EXIT
cd "$work"

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
visitors=$(port) vendor=$(port)

# Who vouches for whom.
curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${curve[@]}" -days 365 -subj '/CN=Test authority' -keyout ca.key -out ca.pem 2>/dev/null
openssl req "${curve[@]}" -subj '/CN=vendor.test' -keyout site.key -out site.csr 2>/dev/null
printf '%s\n' 'subjectAltName=DNS:vendor.test' 'extendedKeyUsage=serverAuth' 'keyUsage=digitalSignature' \
    'basicConstraints=critical,CA:false' 'authorityInfoAccess=OCSP;URI:http://ocsp.test/' >site.ext
openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -days 120 \
    -extfile site.ext -out site.pem 2>/dev/null
serial=$(openssl x509 -in site.pem -noout -serial | cut -d= -f2)
printf 'V\t%s\t\t%s\tunknown\t/CN=vendor.test\n' "$(date -u -d '+120 days' +%Y%m%d%H%M%SZ)" "$serial" >index.txt
openssl ocsp -issuer ca.pem -cert site.pem -reqout request.der >/dev/null 2>&1
openssl ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin request.der -respout site.ocsp -ndays 7 \
    >/dev/null 2>&1

cat >proxy.toml <<TOML
[[listener]]
address = "127.0.0.1:$visitors"
tls = { certificate = "site.pem", key = "site.key", ocsp = "site.ocsp" }
[[route]]
name = "vendor"
host = "vendor.test"
upstream = "http://127.0.0.1:$vendor"
TOML
python3 -m http.server --bind 127.0.0.1 "$vendor" >/dev/null 2>&1 &
started+=($!)
"$privet" check
"$privet" 2>privet.log &
started+=($!)
for _ in $(seq 100); do
    grep -q ' listening' privet.log && break
    sleep 0.1
done

# What testssl.sh only remarks on: the staple is there and good.
status=$(openssl s_client -connect "127.0.0.1:$visitors" -servername vendor.test -CAfile ca.pem -status </dev/null 2>/dev/null)
grep -q 'Cert Status: good' <<<"$status" || { echo "the OCSP response is not stapled"; exit 1; }
grep -q 'Verify return code: 0' <<<"$status" || { echo "the chain does not verify"; exit 1; }

# Protocols, ciphers, forward secrecy, preferences, the certificate, and every known vulnerability.
"$testssl" --warnings off --color 0 --quiet --openssl "$(command -v openssl)" --add-ca ca.pem --ip 127.0.0.1 \
    --protocols --std --fs --server-preference --server-defaults --vulnerable --jsonfile found.json \
    "https://vendor.test:$visitors" >testssl.log 2>&1 || true
python3 "$here/judge.py" found.json || { cat testssl.log; exit 1; }
