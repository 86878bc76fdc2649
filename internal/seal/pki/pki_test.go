package pki

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

var start = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)

func begin(t testing.TB) (*Development, Identity) {
	t.Helper()
	d, err := NewDevelopment(rand.Reader, start.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Issue(Subject{Name: "Nguyễn Thị Ánh", Office: "VKSND khu vực 3"}, start.AddDate(0, -1, 0), start.AddDate(2, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return d, id
}

func evidence(t testing.TB, d *Development, at time.Time, id Identity) Evidence {
	t.Helper()
	e, err := d.Evidence(at, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A certificate is judged at the time that is asked about, by what is known.
func TestVerify(t *testing.T) {
	hour := start.Add(time.Hour)
	for name, c := range map[string]struct {
		at, revoked, known time.Time
		drop               bool // nothing is known
		want               error
	}{
		"now":                                  {at: start, known: start},
		"known of a later day":                 {at: start, known: start.AddDate(0, 1, 0)},
		"known of an earlier day, still fresh": {at: start.Add(fresh), known: start},
		"known of an earlier day, stale":       {at: start.Add(fresh + time.Second), known: start, want: ErrUnknown},
		"nothing known":                        {at: start, known: start, drop: true, want: ErrUnknown},
		"ended":                                {at: start.AddDate(3, 0, 0), known: start.AddDate(3, 0, 0), want: ErrPath},
		"revoked before":                       {at: hour, revoked: start, known: hour, want: &Revoked{}},
		"revoked at that very moment":          {at: hour, revoked: hour, known: hour, want: &Revoked{}},
		"revoked after":                        {at: start, revoked: hour, known: hour.Add(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			d, id := begin(t)
			if !c.revoked.IsZero() {
				d.Revoke(id.Leaf(), c.revoked, ocsp.KeyCompromise)
			}
			all := evidence(t, d, c.known, id)
			for only, e := range map[string]Evidence{
				"OCSP": {OCSPs: all.OCSPs, CRLs: all.CRLs[:1]}, "CRL": {CRLs: all.CRLs}, "both": all,
			} {
				if c.drop {
					e = Evidence{}
				}
				err := Verify(id.Chain, d.Roots(), c.at, e)
				r, revoked := errors.AsType[*Revoked](err)
				if _, want := c.want.(*Revoked); want != revoked || revoked && (!r.At.Equal(c.revoked) || r.Reason != ocsp.KeyCompromise || !r.Compromised()) ||
					!want && !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", only, err, c.want)
				}
			}
		})
	}
}

// Evidence that another signed, or about another, says nothing.
func TestForeignEvidence(t *testing.T) {
	d, id := begin(t)
	other, its := begin(t)
	if err := Verify(id.Chain, d.Roots(), start, evidence(t, other, start, its)); !errors.Is(err, ErrUnknown) {
		t.Errorf("another authority's: %v", err)
	}
	second, err := d.Issue(Subject{Name: "Trần Văn Bình"}, start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	e := evidence(t, d, start, second)
	e.CRLs = e.CRLs[:1]
	if err := Verify(id.Chain, d.Roots(), start, e); !errors.Is(err, ErrUnknown) {
		t.Errorf("about another: %v", err)
	}
	// An officer answers in the place of the issuer (RFC 6960, 4.2.2.2).
	der, err := ocsp.CreateResponse(d.issuer.Leaf(), second.Leaf(), ocsp.Response{
		Status: ocsp.Good, SerialNumber: id.Leaf().SerialNumber, ThisUpdate: start, NextUpdate: start.Add(fresh), Certificate: second.Leaf(),
	}, second.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(id.Chain, d.Roots(), start, Evidence{OCSPs: [][]byte{der}, CRLs: e.CRLs}); !errors.Is(err, ErrUnknown) {
		t.Errorf("an officer's word: %v", err)
	}
	if err := Verify(id.Chain, other.Roots(), start, evidence(t, d, start, id)); !errors.Is(err, ErrPath) {
		t.Errorf("another root: %v", err)
	}
}

// What the development authority makes says so; what others make does not.
func TestMark(t *testing.T) {
	d, id := begin(t)
	for _, c := range slices.Concat(id.Chain, d.ocsp.Chain, d.ts.Chain) {
		if !IsDevelopment(c) || !strings.Contains(c.Subject.String(), Mark) {
			t.Errorf("%s does not say that it has no value", c.Subject)
		}
	}
	if IsDevelopment(&x509.Certificate{}) {
		t.Error("any certificate is one for development")
	}
}

// The authority is kept: what it issued, and what it took back, is known again.
func TestSave(t *testing.T) {
	d, id := begin(t)
	d.Revoke(id.Leaf(), start, ocsp.Superseded)
	data, err := d.Save(start)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadDevelopment(rand.Reader, data)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := errors.AsType[*Revoked](Verify(id.Chain, again.Roots(), start, evidence(t, again, start, id))); !ok || r.Reason != ocsp.Superseded || r.Compromised() {
		t.Errorf("revoked and forgotten: %v", r)
	}
	next, err := again.Issue(Subject{Name: "Trần Văn Bình"}, start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(next.Chain, d.Roots(), start, evidence(t, d, start, next)); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "half": data[:len(data)/2], "twice": append(slices.Clone(data), data...)} {
		if _, err := LoadDevelopment(rand.Reader, bad); err == nil {
			t.Errorf("%s is taken for an authority", name)
		}
	}
}

// OpenSSL finds the same paths, and reads the same lists and answers.
func TestOpenSSL(t *testing.T) {
	d, id := begin(t)
	d.Revoke(id.Leaf(), start, ocsp.KeyCompromise)
	dir := t.TempDir()
	write := func(name, kind string, ders ...[]byte) string {
		var out []byte
		for _, der := range ders {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, out, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	lists, err := d.CRLs(start)
	if err != nil {
		t.Fatal(err)
	}
	root, issuer := write("root", "CERTIFICATE", id.Chain[2].Raw), write("issuer", "CERTIFICATE", id.Chain[1].Raw)
	leaf, crls := write("leaf", "CERTIFICATE", id.Chain[0].Raw), write("crls", "X509 CRL", lists...)
	args := []string{"verify", "-attime", "1795858300", "-CAfile", root, "-untrusted", issuer}
	if out, err := exec.Command("openssl", append(args, leaf)...).CombinedOutput(); err != nil {
		t.Errorf("the path: %v\n%s", err, out)
	}
	if out, err := exec.Command("openssl", append(args, "-crl_check_all", "-CRLfile", crls, leaf)...).CombinedOutput(); err == nil || !strings.Contains(string(out), "certificate revoked") {
		t.Errorf("the lists: %v\n%s", err, out)
	}
	req, err := ocsp.CreateRequest(id.Leaf(), id.Chain[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := filepath.Join(dir, "answer")
	if err := os.WriteFile(answer, d.Respond(req, start), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "ocsp", "-respin", answer, "-issuer", issuer, "-cert", leaf, "-CAfile", root, "-no_nonce",
		"-attime", "1795858300", "-validity_period", "3153600000").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Response verify OK") || !strings.Contains(string(out), "revoked") {
		t.Errorf("the answer: %v\n%s", err, out)
	}
	if _, err := ocsp.ParseResponse(d.Respond([]byte("?"), start), nil); err == nil {
		t.Error("an answer to no question")
	}
}

func TestIdentity(t *testing.T) {
	d, id := begin(t)
	other, err := d.Issue(Subject{Name: "Trần Văn Bình"}, start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := id.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Identity{{}, {Key: id.Key}, {Chain: id.Chain}, {id.Key, other.Chain}} {
		if bad.Check() == nil {
			t.Errorf("%+v can sign", bad.Leaf())
		}
	}
}
