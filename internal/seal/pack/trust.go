package pack

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"congminh/internal/seal/tree"
)

// Trust reads whom a checker trusts into o: certificates as PEM, and a line for each
// key of a journal or a witness. Lines that begin with # say nothing.
func (o *Options) Trust(text []byte) error {
	var rest []byte
	for len(text) > 0 {
		before, _, found := bytes.Cut(text, []byte("-----BEGIN "))
		rest = append(rest, before...)
		if !found {
			break
		}
		b, left := pem.Decode(text[len(before):])
		if b == nil || b.Type != "CERTIFICATE" {
			return fmt.Errorf("not a certificate in PEM: %.40q", text[len(before):])
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return err
		}
		o.Roots, text = append(o.Roots, c), left
	}
	for l := range strings.Lines(string(rest)) {
		if l = strings.TrimSpace(l); l == "" || l[0] == '#' {
			continue
		}
		v, err := tree.ParseVerifier(l)
		switch {
		case err != nil:
			return err
		case v.Witness():
			o.Witnesses = append(o.Witnesses, v)
		default:
			o.Logs = append(o.Logs, v)
		}
	}
	return nil
}
