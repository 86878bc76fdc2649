// Command seal measures sealing a PDF (internal/seal/pades: PAdES B-LT with a visible
// text, a P-256 key, a timestamp given in the program, written to a file) beside what a
// user would sign the same bytes with otherwise, in one run:
//
//		cd bench && go run ./seal
//
//	  - The library: digitorus/pkcs7 and digitorus/timestamp, which PDF signers in Go are
//	    built on, do the same cryptographic work: SHA-256 over the file, a CMS with the
//	    chain, a token over its signature put into it, and the file written. It is spared
//	    checking the chain (AddSignerChain), which we do not do then either; it is not
//	    spared the copy that NewSignedData makes of the file: that is the library. It knows
//	    no PDF: we also read the file, and make, hash and write an update of some 60 KB with
//	    certificates, revocation and letters.
//	  - Bare: the same without the CMS, which nobody could check in a PDF: SHA-256,
//	    crypto/ecdsa, a token, writing. Unfair to us, so the harder measure.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"log"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

func main() {
	seconds := flag.Float64("seconds", 0.5, "seconds for each measurement")
	rounds := flag.Int("rounds", 7, "measurements of each, in turn; the median counts")
	out := flag.String("json", "", "write the figures here")
	flag.Parse()
	if err := run(*seconds, *rounds, *out); err != nil {
		log.Fatal(err)
	}
}

// sealer has what both need.
type sealer struct {
	dev     *pki.Development
	officer pki.Identity
	tsa     *stamp.Authority
	known   pki.Evidence
	now     time.Time
	dir     string
}

func newSealer(dir string) (*sealer, error) {
	s := &sealer{now: time.Now().UTC().Truncate(time.Second), dir: dir}
	var err error
	if s.dev, err = pki.NewDevelopment(rand.Reader, s.now.AddDate(0, 0, -1)); err != nil {
		return nil, err
	}
	if s.officer, err = s.dev.Issue(pki.Subject{Name: "Nguyễn Thị Ánh"}, s.now.AddDate(0, 0, -1), s.now.AddDate(1, 0, 0)); err != nil {
		return nil, err
	}
	s.tsa = &stamp.Authority{Identity: s.dev.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return s.now }, Rand: rand.Reader}
	s.known, err = s.dev.Evidence(s.now, s.officer)
	return s, err
}

func (s *sealer) write(parts ...[]byte) error {
	f, err := os.Create(filepath.Join(s.dir, "out.pdf"))
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := f.Write(p); err != nil {
			return err
		}
	}
	return f.Close()
}

func (s *sealer) options(mark *pades.Mark, known pki.Evidence) pades.Options {
	return pades.Options{Signer: s.officer, Stamp: s.tsa.Stamp, Evidence: known, Mark: mark, Now: s.now, Rand: rand.Reader}
}

func (s *sealer) ours(pdf []byte, mark *pades.Mark, known pki.Evidence) error {
	update, err := pades.Update(context.Background(), pdf, s.options(mark, known))
	if err != nil {
		return err
	}
	return s.write(pdf, update)
}

func (s *sealer) whole(pdf []byte, mark *pades.Mark, known pki.Evidence) error {
	out, err := pades.Sign(context.Background(), pdf, s.options(mark, known))
	if err != nil {
		return err
	}
	return s.write(out)
}

// token is what digitorus/timestamp gives over a signature.
func (s *sealer) token(signature []byte) ([]byte, error) {
	sum := sha256.Sum256(signature)
	t := timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: s.now, Policy: pki.DevelopmentPolicy, SerialNumber: big.NewInt(1),
		Accuracy: time.Second, AddTSACertificate: true, Certificates: s.tsa.Identity.Chain[1:],
	}
	return t.CreateResponseWithOpts(s.tsa.Identity.Leaf(), s.tsa.Identity.Key, crypto.SHA256)
}

func (s *sealer) bare(pdf []byte) error {
	sum := sha256.Sum256(pdf)
	signature, err := s.officer.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return err
	}
	token, err := s.token(signature)
	if err != nil {
		return err
	}
	return s.write(pdf, signature, token)
}

func (s *sealer) library(pdf []byte) error {
	d, err := pkcs7.NewSignedData(pdf)
	if err != nil {
		return err
	}
	d.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := d.AddSigner(s.officer.Leaf(), s.officer.Key, pkcs7.SignerInfoConfig{}); err != nil {
		return err
	}
	for _, c := range s.officer.Chain[1:] {
		d.AddCertificate(c)
	}
	signer := &d.GetSignedData().SignerInfos[0]
	response, err := s.token(signer.EncryptedDigest)
	if err != nil {
		return err
	}
	var answer struct{ Status, Token asn1.RawValue }
	if _, err := asn1.Unmarshal(response, &answer); err != nil {
		return err
	}
	if err := signer.SetUnauthenticatedAttributes([]pkcs7.Attribute{{Type: tokenAttribute, Value: answer.Token}}); err != nil {
		return err
	}
	d.Detach()
	der, err := d.Finish()
	if err != nil {
		return err
	}
	return s.write(pdf, der)
}

// tokenAttribute is signature-time-stamp (RFC 3161, appendix A).
var tokenAttribute = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}

// document is a file of the dossier: a page a picture of kilobytes of noise.
func document(pages int) ([]byte, error) {
	m := image.NewGray(image.Rect(0, 0, 600, 800))
	if _, err := rand.Read(m.Pix); err != nil {
		return nil, err
	}
	var picture, out bytes.Buffer
	if err := jpeg.Encode(&picture, m, &jpeg.Options{Quality: 40}); err != nil {
		return nil, err
	}
	w, err := pdfa.New(&out, pdfa.Meta{Title: "Kết luận điều tra", Time: time.Now()})
	if err != nil {
		return nil, err
	}
	for range pages {
		if err := w.AddPage(pdfa.Page{Picture: bytes.NewReader(picture.Bytes()), Format: "jpeg", DPI: 75}); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

func run(seconds float64, rounds int, out string) error {
	dir, err := os.MkdirTemp("", "seal")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := newSealer(dir)
	if err != nil {
		return err
	}
	mark := &pades.Mark{Form: "BẢN SỐ HÓA", Office: "Viện kiểm sát nhân dân khu vực 3 – Hà Nội"}
	figures := map[string]float64{}
	for _, pages := range []int{1, 10} {
		pdf, err := document(pages)
		if err != nil {
			return err
		}
		systems := []struct {
			name string
			one  func() error
		}{
			{"library: digitorus/pkcs7 and /timestamp", func() error { return s.library(pdf) }},
			{"bare: the same without a CMS", func() error { return s.bare(pdf) }},
			{"ours: B-T", func() error { return s.ours(pdf, nil, pki.Evidence{}) }},
			{"ours: B-LT with visible text", func() error { return s.ours(pdf, mark, s.known) }},
			{"ours: that, file and update copied into one", func() error { return s.whole(pdf, mark, s.known) }},
		}
		costs := make([][]cost, len(systems))
		for round := range rounds {
			for i := range systems {
				k := (i + round) % len(systems)
				c, err := measure(seconds, systems[k].one)
				if err != nil {
					return fmt.Errorf("%s: %w", systems[k].name, err)
				}
				costs[k] = append(costs[k], c)
			}
		}
		fmt.Printf("%d pages, %d KB; medians of %d rounds; milliseconds a seal; rates by user and system time\n", pages, len(pdf)>>10, rounds)
		library, bare := median(costs[0]), median(costs[1])
		for k, system := range systems {
			c := median(costs[k])
			fmt.Printf("  %-43s user %6.3f  system %6.3f  wall %6.3f  %5.2f of the library's rate, %5.2f of bare\n",
				system.name, c.user*1e3, c.system*1e3, c.wall*1e3, library.processor/c.processor, bare.processor/c.processor)
			figures[fmt.Sprintf("%d pages, %s", pages, system.name)] = 1 / c.processor
		}
	}
	if out == "" {
		return nil
	}
	data, err := json.MarshalIndent(figures, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(data, '\n'), 0o644)
}

// cost is what one seal takes, in seconds.
type cost struct{ user, system, processor, wall float64 }

// median is of each figure by itself.
func median(cs []cost) cost {
	of := func(f func(cost) float64) float64 {
		var all []float64
		for _, c := range cs {
			all = append(all, f(c))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return cost{
		of(func(c cost) float64 { return c.user }), of(func(c cost) float64 { return c.system }),
		of(func(c cost) float64 { return c.processor }), of(func(c cost) float64 { return c.wall }),
	}
}

// measure does one again and again for some seconds. Garbage is part of the price.
func measure(seconds float64, one func() error) (cost, error) {
	runtime.GC()
	begin := now()
	for n := 1; ; n++ {
		if err := one(); err != nil {
			return cost{}, err
		}
		if end := now(); end.processor-begin.processor > seconds {
			per := func(a, b float64) float64 { return (b - a) / float64(n) }
			return cost{per(begin.user, end.user), per(begin.system, end.system), per(begin.processor, end.processor), per(begin.wall, end.wall)}, nil
		}
	}
}

// now is what the process has used of the processor, and the clock, in seconds.
func now() cost {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	c := cost{user: seconds(u.Utime), system: seconds(u.Stime), wall: float64(time.Now().UnixNano()) / 1e9}
	c.processor = c.user + c.system
	return c
}
