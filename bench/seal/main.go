// Command seal measures sealing a PDF (internal/seal/pades: PAdES B-LT with a visible
// text, a P-256 key, a timestamp given in the program, written to a file) beside the
// bare library on the same file in one run: SHA-256, the signature of crypto/ecdsa, a
// token of digitorus/timestamp, and writing the file. The bare library makes no
// signed PDF; with digitorus/pkcs7 around the signature it makes a CMS at least.
//
//	cd bench && go run ./seal
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
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
	seconds := flag.Float64("seconds", 2, "processor seconds for each measurement")
	rounds := flag.Int("rounds", 3, "measurements of each, in turn; the best counts")
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

func (s *sealer) ours(pdf []byte, mark *pades.Mark, known pki.Evidence) error {
	out, err := pades.Sign(context.Background(), pdf, pades.Options{Signer: s.officer, Stamp: s.tsa.Stamp, Evidence: known, Mark: mark, Now: s.now, Rand: rand.Reader})
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
	if err := d.AddSignerChain(s.officer.Leaf(), s.officer.Key, s.officer.Chain[1:], pkcs7.SignerInfoConfig{}); err != nil {
		return err
	}
	token, err := s.token(d.GetSignedData().SignerInfos[0].EncryptedDigest)
	if err != nil {
		return err
	}
	d.Detach()
	der, err := d.Finish()
	if err != nil {
		return err
	}
	return s.write(pdf, der, token)
}

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
			{"bare: SHA-256, ecdsa, digitorus/timestamp, write", func() error { return s.bare(pdf) }},
			{"library: the same with digitorus/pkcs7", func() error { return s.library(pdf) }},
			{"ours: B-T", func() error { return s.ours(pdf, nil, pki.Evidence{}) }},
			{"ours: B-LT with visible text", func() error { return s.ours(pdf, mark, s.known) }},
		}
		best := make([]float64, len(systems))
		for range rounds {
			for k, system := range systems {
				rate, err := measure(seconds, system.one)
				if err != nil {
					return fmt.Errorf("%s: %w", system.name, err)
				}
				best[k] = max(best[k], rate)
			}
		}
		fmt.Printf("%d pages, %d KB\n", pages, len(pdf)>>10)
		for k, system := range systems {
			fmt.Printf("  %-52s %8.0f per CPU-second, %5.2f of bare\n", system.name, best[k], best[k]/best[0])
			figures[fmt.Sprintf("%d pages, %s", pages, system.name)] = best[k]
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

// measure returns how often a second of the processor one can be done.
func measure(seconds float64, one func() error) (float64, error) {
	runtime.GC()
	begin := cpu()
	for n := 1; ; n++ {
		if err := one(); err != nil {
			return 0, err
		}
		if used := cpu() - begin; used > seconds {
			return float64(n) / used, nil
		}
	}
}

// cpu is what the process has used of the processor, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}
