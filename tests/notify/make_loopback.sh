#!/bin/sh
# Makes loopback.pem: a key and a certificate for 127.0.0.1 that it signs itself, for a century.
cd "$(dirname "$0")" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout loopback.pem -out certificate.pem 2>/dev/null || exit 1
cat certificate.pem >>loopback.pem
rm certificate.pem
