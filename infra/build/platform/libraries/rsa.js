// RSA: keys, OAEP, PSS and PKCS #1 v1.5.
export { keygen, OAEP, PKCS1_SHA1, PKCS1_SHA256, PKCS1_SHA384, PKCS1_SHA512, PSS, mgf1 } from 'micro-rsa-dsa-dh/rsa.js';
