package keys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/seal/pki"
)

// service is a remote signing service as CSC API v2.0.0.2 describes it.
type service struct {
	*httptest.Server
	t           testing.TB
	now         time.Time
	credentials map[string]*stored
	order       []string
	tokens      map[string]time.Time
	leaves      map[string]leave // by SAD
	tokensGiven int
	wrongPINs   int
	slow        time.Duration
	garbage     bool
}

type stored struct {
	id          pki.Identity
	key, status string // states of key and certificate
	mode        string
	raw         bool // ECDSA as r‖s
	signer      crypto.Signer
}

type leave struct {
	credential, hash, oid string
}

func newService(t testing.TB) *service {
	t.Helper()
	s := &service{t: t, now: start, credentials: map[string]*stored{}, tokens: map[string]time.Time{}, leaves: map[string]leave{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *service) add(name string, id pki.Identity) *stored {
	c := &stored{id: id, key: "enabled", status: "valid", mode: "explicit", signer: id.Key}
	s.credentials[name] = c
	s.order = append(s.order, name)
	return c
}

func (s *service) remote(name string) *Remote {
	return &Remote{
		Base: s.URL + "/csc/v2", ClientID: "congminh", Secret: Secret{File: save(s.t, "secret", []byte("bí mật\n"))}, Credential: name,
		PIN: Secret{File: save(s.t, "pin", []byte("8642"))}, HTTP: s.Client(), Now: func() time.Time { return s.now },
	}
}

func (s *service) fail(w http.ResponseWriter, status int, name, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": name, "error_description": text})
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	what, ok := strings.CutPrefix(r.URL.Path, "/csc/v2/")
	if !ok || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	if what == "oauth2/token" {
		s.grant(w, r)
		return
	}
	until, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !known || s.now.After(until) {
		s.fail(w, http.StatusUnauthorized, "invalid_token", "The access or refresh token is expired or has been revoked")
		return
	}
	var q map[string]any
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.Header.Get("Content-Type") != "application/json" {
		s.fail(w, http.StatusBadRequest, "invalid_request", "The request is missing a required parameter")
		return
	}
	if s.garbage {
		_, _ = w.Write([]byte("<html>bảo trì</html>"))
		return
	}
	if what == "credentials/list" {
		s.list(w, q)
		return
	}
	name, _ := q["credentialID"].(string)
	c := s.credentials[name]
	switch {
	case name == "":
		s.fail(w, http.StatusBadRequest, "invalid_request", "Missing (or invalid type) string parameter credentialID")
	case c == nil:
		s.fail(w, http.StatusBadRequest, "invalid_request", "Invalid parameter credentialID")
	case what == "credentials/info":
		s.info(w, c)
	case what == "credentials/authorize":
		s.authorise(w, name, c, q)
	case what == "signatures/signHash":
		select {
		case <-time.After(s.slow):
		case <-r.Context().Done():
		}
		s.sign(w, name, c, q)
	default:
		http.NotFound(w, r)
	}
}

func (s *service) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.t.Error(err)
	}
}

func (s *service) grant(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != "congminh" || r.FormValue("client_secret") != "bí mật" {
		s.fail(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed")
		return
	}
	token := rand.Text()
	s.tokensGiven++
	s.tokens[token] = s.now.Add(time.Hour)
	s.answer(w, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
}

// list gives one credential a page.
func (s *service) list(w http.ResponseWriter, q map[string]any) {
	at := 0
	if token, ok := q["pageToken"].(string); ok {
		at = slices.Index(s.order, token)
	}
	out := map[string]any{"credentialIDs": s.order[at : at+1]}
	if at+1 < len(s.order) {
		out["nextPageToken"] = s.order[at+1]
	}
	s.answer(w, out)
}

func (s *service) info(w http.ResponseWriter, c *stored) {
	var certs []string
	for _, x := range c.id.Chain {
		certs = append(certs, base64.StdEncoding.EncodeToString(x.Raw))
	}
	algo := []string{plainRSA, rsaOIDs[crypto.SHA256], rsaOIDs[crypto.SHA384]}
	if _, ok := c.id.Leaf().PublicKey.(*ecdsa.PublicKey); ok {
		algo = []string{ecdsaOIDs[crypto.SHA256], ecdsaOIDs[crypto.SHA384]}
	}
	s.answer(w, map[string]any{
		"key":  map[string]any{"status": c.key, "algo": algo, "len": 256},
		"cert": map[string]any{"status": c.status, "certificates": certs, "subjectDN": c.id.Leaf().Subject.String()},
		"auth": map[string]any{"mode": c.mode, "expression": "PIN", "objects": []any{
			map[string]any{"type": "Password", "id": "mã-pin", "format": "N", "label": "PIN"},
		}},
		"multisign": 1,
	})
}

func (s *service) authorise(w http.ResponseWriter, name string, c *stored, q map[string]any) {
	hashes, _ := q["hashes"].([]any)
	oid, _ := q["hashAlgorithmOID"].(string)
	if n, _ := q["numSignatures"].(float64); n != 1 || len(hashes) != 1 || oid == "" {
		s.fail(w, http.StatusBadRequest, "invalid_request", "Missing (or invalid type) array parameter hashes")
		return
	}
	data, _ := q["authData"].([]any)
	if len(data) == 1 {
		d, _ := data[0].(map[string]any)
		if d["id"] == "mã-pin" && d["value"] == "8642" {
			sad := rand.Text()
			s.leaves[sad] = leave{name, hashes[0].(string), oid}
			s.answer(w, map[string]any{"SAD": sad, "expiresIn": 300})
			return
		}
	}
	s.wrongPINs++
	s.fail(w, http.StatusBadRequest, "invalid_pin", "The PIN is invalid")
}

func (s *service) sign(w http.ResponseWriter, name string, c *stored, q map[string]any) {
	sad, _ := q["SAD"].(string)
	hashes, _ := q["hashes"].([]any)
	l, ok := s.leaves[sad]
	delete(s.leaves, sad) // it is good for one signature
	if !ok || len(hashes) != 1 || l.credential != name || l.hash != hashes[0] || l.oid != q["hashAlgorithmOID"] {
		s.fail(w, http.StatusBadRequest, "invalid_request", "Invalid parameter SAD")
		return
	}
	digest, err := base64.StdEncoding.DecodeString(l.hash)
	if err != nil {
		s.fail(w, http.StatusBadRequest, "invalid_request", "Invalid Base64 hashes parameter")
		return
	}
	var hash crypto.Hash
	for h, oid := range hashOIDs {
		if oid == l.oid {
			hash = h
		}
	}
	if want := map[string]bool{rsaOIDs[hash]: true, ecdsaOIDs[hash]: true}; !want[q["signAlgo"].(string)] {
		s.fail(w, http.StatusBadRequest, "invalid_request", "Invalid parameter signAlgo")
		return
	}
	signature, err := c.signer.Sign(rand.Reader, digest, hash)
	if err != nil {
		s.t.Error(err)
	}
	if c.raw {
		var rs struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(signature, &rs); err != nil {
			s.t.Error(err)
		}
		signature = append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
	}
	s.answer(w, map[string]any{"signatures": []string{base64.StdEncoding.EncodeToString(signature)}})
}

func TestRemote(t *testing.T) {
	p := newProvider(t)
	s := newService(t)
	s.add("con-dau", p.issue("Viện kiểm sát nhân dân khu vực 3", start.AddDate(2, 0, 0), p.issuer, nil))
	id, err := s.remote("").Open(context.Background()) // the only one
	if err != nil {
		t.Fatal(err)
	}
	signsWith(t, id)
	if s.tokensGiven != 1 {
		t.Errorf("%d tokens were asked for", s.tokensGiven)
	}
	s.now = s.now.Add(2 * time.Hour) // the token has ended
	signsWith(t, id)
	clear(s.tokens) // the service forgot it
	signsWith(t, id)
	if s.tokensGiven != 3 {
		t.Errorf("%d tokens were asked for", s.tokensGiven)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s.add("rsa", pki.Identity{Key: key, Chain: p.certify(key, "Viện trưởng", start.AddDate(1, 0, 0), p.issuer, nil)})
	s.add("r‖s", p.issue("Phó viện trưởng", start.AddDate(1, 0, 0), p.issuer, nil)).raw = true
	for _, name := range []string{"rsa", "r‖s"} {
		id, err := s.remote(name).Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		signsWith(t, id)
	}
	_, err = s.remote("").Open(context.Background())
	is(t, err, ErrKey)
	if err != nil && !strings.Contains(err.Error(), "con-dau") {
		t.Errorf("it does not name what there is: %v", err)
	}
}

// What a service refuses is told in the words of this program, and a PIN that was
// refused is not sent again.
func TestRemoteRefusals(t *testing.T) {
	p := newProvider(t)
	s := newService(t)
	agency := func() pki.Identity {
		return p.issue("Viện kiểm sát nhân dân khu vực 3", start.AddDate(2, 0, 0), p.issuer, nil)
	}
	s.add("hết hạn", p.issue("Viện trưởng cũ", start.AddDate(0, 0, -1), p.issuer, nil))
	s.add("nhà cung cấp báo hết hạn", agency()).status = "expired"
	s.add("thu hồi", agency()).status = "revoked"
	s.add("tắt", agency()).key = "disabled"
	s.add("cần người", agency()).mode = "oauth2code"
	for name, want := range map[string]error{
		"hết hạn": ErrEnded, "nhà cung cấp báo hết hạn": ErrEnded, "thu hồi": ErrRevoked, "tắt": ErrRefused, "cần người": ErrRefused, "không có": ErrKey,
	} {
		if _, err := s.remote(name).Open(context.Background()); err == nil || !strings.Contains(err.Error(), want.Error()) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}

	c := s.add("con-dau", agency())
	digest := sha256.Sum256([]byte("bút lục"))
	sign := func(r *Remote) error {
		id, err := r.Open(context.Background())
		if err != nil {
			return err
		}
		_, err = id.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	}
	r := s.remote("con-dau")
	if err := os.WriteFile(r.PIN.File, []byte("1111"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		is(t, sign(r), ErrPIN)
	}
	if s.wrongPINs != 1 {
		t.Errorf("the wrong PIN was sent %d times", s.wrongPINs)
	}
	if err := os.WriteFile(r.PIN.File, []byte("8642"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sign(r); err != nil {
		t.Error(err)
	}
	r = s.remote("con-dau")
	r.Limit, s.slow = 100*time.Millisecond, 10*time.Second
	is(t, sign(r), ErrSigner)
	s.slow = 0
	if err := sign(r); err != nil {
		t.Error(err)
	}
	c.signer = agency().Key // a service that signs with another's key
	is(t, sign(s.remote("con-dau")), ErrSigner)
	s.garbage = true
	is(t, sign(s.remote("con-dau")), ErrSigner)
	s.garbage = false
	r = s.remote("con-dau")
	r.Secret = Secret{File: save(t, "secret", []byte("khác"))}
	is(t, sign(r), ErrRefused)
	s.Close()
	is(t, sign(s.remote("con-dau")), ErrSigner)
}
