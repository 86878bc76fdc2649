// Package cms makes and checks signed messages (thông điệp ký số): SignedData of RFC
// 5652 with the attributes of CAdES (ETSI EN 319 122-1), one signer, SHA-256 when
// made, SHA-2 when checked.
//
// The one thing not to forget: a message is checked in two steps. Parse says what
// was signed and by whom; only Check proves it. Whether the certificate is to be
// trusted is asked of pki.
package cms

import (
	"crypto"
	"encoding/asn1"

	_ "crypto/sha256" // what crypto.Hash stands for below
	_ "crypto/sha512"
)

// Content types (RFC 5652, 4; RFC 3161, 2.4.2).
var (
	Data    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	TSTInfo = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

var (
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // signing-certificate-v2, RFC 5035
	oidToken       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14} // signature-time-stamp, RFC 3161
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidECDSA256    = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// algorithm is a digest with the names of the signatures over it.
type algorithm struct {
	hash               crypto.Hash
	digest, rsa, ecdsa asn1.ObjectIdentifier
}

// algorithms are those accepted. SHA-1 is not: a signature over it proves nothing.
var algorithms = []algorithm{
	{crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, oidECDSA256},
	{crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	{crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
}

// Hash returns the digest an algorithm identifier names, or 0.
func Hash(oid asn1.ObjectIdentifier) crypto.Hash {
	for _, a := range algorithms {
		if a.digest.Equal(oid) {
			return a.hash
		}
	}
	return 0
}
