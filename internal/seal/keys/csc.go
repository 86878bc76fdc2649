package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"congminh/internal/seal/pki"
)

// Remote is a key with a remote signing service that speaks the API of the Cloud
// Signature Consortium, v2. Only digests leave this server. Numbers in comments are
// those of sections of its specification v2.0.0.2.
type Remote struct {
	Base       string // address before /oauth2/token and /credentials/…, like https://rs.example/csc/v2
	ClientID   string
	Secret     Secret // of the client
	Credential string // id; empty: the only one of the account
	PIN        Secret // of the credential, where it has one
	Chain      []*x509.Certificate
	HTTP       *http.Client
	Now        func() time.Time
	Limit      time.Duration // for one question; 0: 20 s

	mu         sync.Mutex
	token      string
	tokenUntil time.Time
	refused    string // PIN that the service refused: never sent again
}

// OIDs of hashes and signatures that are asked for.
var (
	hashOIDs  = map[crypto.Hash]string{crypto.SHA256: "2.16.840.1.101.3.4.2.1", crypto.SHA384: "2.16.840.1.101.3.4.2.2", crypto.SHA512: "2.16.840.1.101.3.4.2.3"}
	rsaOIDs   = map[crypto.Hash]string{crypto.SHA256: "1.2.840.113549.1.1.11", crypto.SHA384: "1.2.840.113549.1.1.12", crypto.SHA512: "1.2.840.113549.1.1.13"}
	ecdsaOIDs = map[crypto.Hash]string{crypto.SHA256: "1.2.840.10045.4.3.2", crypto.SHA384: "1.2.840.10045.4.3.3", crypto.SHA512: "1.2.840.10045.4.3.4"}
)

const (
	plainRSA  = "1.2.840.113549.1.1.1"
	plainECC  = "1.2.840.10045.2.1"
	pageLimit = 20 // pages of credentials that are read
)

// credential is the answer of credentials/info (11.5), as far as it matters here.
type credential struct {
	Key struct {
		Status string   `json:"status"`
		Algo   []string `json:"algo"`
	} `json:"key"`
	Cert struct {
		Status       string   `json:"status"`
		Certificates []string `json:"certificates"`
	} `json:"cert"`
	Auth struct {
		Mode    string `json:"mode"`
		Objects []struct {
			Type string `json:"type"`
			ID   string `json:"id"`
		} `json:"objects"`
	} `json:"auth"`
}

// Open reads the credential and its certificates, and refuses one that cannot sign.
func (r *Remote) Open(ctx context.Context) (id pki.Identity, err error) {
	name := r.Credential
	if name == "" {
		if name, err = r.only(ctx); err != nil {
			return id, err
		}
	}
	var c credential
	if err := r.ask(ctx, "credentials/info", map[string]any{"credentialID": name, "certificates": "chain", "certInfo": true, "authInfo": true}, &c); err != nil {
		return id, err
	}
	var pool []*x509.Certificate
	for _, s := range c.Cert.Certificates {
		der, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return id, fmt.Errorf("%s: certificate of %q: %w: %w", r.Base, name, ErrSigner, err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return id, fmt.Errorf("%s: certificate of %q: %w: %w", r.Base, name, ErrSigner, err)
		}
		pool = append(pool, cert)
	}
	switch {
	case len(pool) == 0:
		return id, fmt.Errorf("%s: credential %q has no certificate: %w", r.Base, name, ErrKey)
	case c.Cert.Status == "revoked" || c.Cert.Status == "suspended":
		return id, fmt.Errorf("%s: credential %q is %s: %w", r.Base, name, c.Cert.Status, ErrRevoked)
	case c.Cert.Status == "expired" || r.Now().After(pool[0].NotAfter):
		return id, fmt.Errorf("%s: credential %q ended at %s: %w", r.Base, name, pool[0].NotAfter.UTC().Format(time.RFC3339), ErrEnded)
	case c.Key.Status != "enabled":
		return id, fmt.Errorf("%s: the key of credential %q is %s: %w", r.Base, name, c.Key.Status, ErrRefused)
	case c.Auth.Mode == "oauth2code":
		return id, fmt.Errorf("%s: credential %q wants a person at a browser (oauth2code): ask the provider for one of a machine: %w", r.Base, name, ErrRefused)
	}
	sign := func(digest []byte, hash crypto.Hash) ([]byte, error) {
		return r.sign(context.Background(), name, c, pool[0], digest, hash)
	}
	return pki.Identity{Key: held{pool[0].PublicKey, sign}, Chain: ordered(pool[0], slices.Concat(pool, r.Chain))}, signs(pool[0])
}

// only lists the credentials of the account (11.4), of which there has to be one.
func (r *Remote) only(ctx context.Context) (string, error) {
	var all []string
	q := map[string]any{"onlyValid": true}
	for range pageLimit {
		var page struct {
			IDs  []string `json:"credentialIDs"`
			Next string   `json:"nextPageToken"`
		}
		if err := r.ask(ctx, "credentials/list", q, &page); err != nil {
			return "", err
		}
		all = append(all, page.IDs...)
		if page.Next == "" {
			break
		}
		q["pageToken"] = page.Next
	}
	if len(all) != 1 {
		return "", fmt.Errorf("%s: the account has %d credentials, name one: %q: %w", r.Base, len(all), all, ErrKey)
	}
	return all[0], nil
}

// sign authorises one signature and has it made (11.6, 11.10).
func (r *Remote) sign(ctx context.Context, name string, c credential, leaf *x509.Certificate, digest []byte, hash crypto.Hash) ([]byte, error) {
	pin, err := r.PIN.read()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	known := pin != "" && r.refused == pin
	r.mu.Unlock()
	if known {
		return nil, fmt.Errorf("%s: this PIN of credential %q was refused before: %w", r.Base, name, ErrPIN)
	}
	hashes := []string{base64.StdEncoding.EncodeToString(digest)}
	q := map[string]any{"credentialID": name, "numSignatures": 1, "hashes": hashes, "hashAlgorithmOID": hashOIDs[hash]}
	if pin != "" {
		q["authData"] = []map[string]string{{"id": c.pinID(), "value": pin}}
	}
	var leave struct {
		SAD string `json:"SAD"`
	}
	if err := r.ask(ctx, "credentials/authorize", q, &leave); err != nil {
		if errors.Is(err, ErrPIN) {
			r.mu.Lock()
			r.refused = pin
			r.mu.Unlock()
		}
		return nil, err
	}
	if leave.SAD == "" {
		return nil, fmt.Errorf("%s: credentials/authorize gave no SAD: %w", r.Base, ErrSigner)
	}
	var out struct {
		Signatures []string `json:"signatures"`
	}
	err = r.ask(ctx, "signatures/signHash", map[string]any{
		"credentialID": name, "SAD": leave.SAD, "hashes": hashes, "hashAlgorithmOID": hashOIDs[hash], "signAlgo": c.algorithm(leaf, hash), "operationMode": "S",
	}, &out)
	if err != nil {
		return nil, err
	}
	if len(out.Signatures) != 1 {
		return nil, fmt.Errorf("%s: signatures/signHash gave %d signatures for one hash: %w", r.Base, len(out.Signatures), ErrSigner)
	}
	signature, err := base64.StdEncoding.DecodeString(out.Signatures[0])
	if err != nil || len(signature) == 0 {
		return nil, fmt.Errorf("%s: signatures/signHash: %w: %w", r.Base, ErrSigner, err)
	}
	return signature, nil
}

// pinID is how the credential calls its PIN.
func (c credential) pinID() string {
	for _, o := range c.Auth.Objects {
		if o.Type == "Password" {
			return o.ID
		}
	}
	return "PIN"
}

// algorithm is the signature to ask for, of those the key says it makes (11.10: one of
// key/algo).
func (c credential) algorithm(leaf *x509.Certificate, hash crypto.Hash) string {
	full, plain := rsaOIDs[hash], plainRSA
	if _, ok := leaf.PublicKey.(*ecdsa.PublicKey); ok {
		full, plain = ecdsaOIDs[hash], plainECC
	}
	if !slices.Contains(c.Key.Algo, full) && slices.Contains(c.Key.Algo, plain) {
		return plain
	}
	return full
}

// ask posts a question with a token of the client; an expired token is replaced once.
func (r *Remote) ask(ctx context.Context, what string, question map[string]any, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	for again := false; ; again = true {
		token, err := r.bearer(ctx, again)
		if err != nil {
			return err
		}
		status, err := r.post(ctx, what, "application/json", token, body, answer)
		if status == http.StatusUnauthorized && !again {
			continue
		}
		return err
	}
}

// bearer is a token of the client (RFC 6749, 4.4; 8.4.4), a new one if there is none
// or it was refused.
func (r *Remote) bearer(ctx context.Context, anew bool) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !anew && r.token != "" && r.Now().Before(r.tokenUntil) {
		return r.token, nil
	}
	secret, err := r.Secret.read()
	if err != nil {
		return "", err
	}
	var a struct {
		Token   string      `json:"access_token"`
		Type    string      `json:"token_type"`
		Expires json.Number `json:"expires_in"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {r.ClientID}, "client_secret": {secret}}
	if _, err := r.post(ctx, "oauth2/token", "application/x-www-form-urlencoded", "", []byte(form.Encode()), &a); err != nil {
		return "", err
	}
	if a.Token == "" || !strings.EqualFold(a.Type, "Bearer") {
		return "", fmt.Errorf("%s: oauth2/token gave no bearer token: %w", r.Base, ErrSigner)
	}
	seconds, err := strconv.ParseInt(a.Expires.String(), 10, 32)
	if err != nil || seconds <= 0 { // 8.4.4: 3600 if it does not say
		seconds = 3600
	}
	r.token, r.tokenUntil = a.Token, r.Now().Add(time.Duration(seconds)*time.Second*9/10)
	return r.token, nil
}

// post returns the HTTP status, if there was one.
func (r *Remote) post(ctx context.Context, what, kind, token string, body []byte, answer any) (int, error) {
	limit := r.Limit
	if limit <= 0 {
		limit = 20 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(r.Base, "/")+"/"+what, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := r.HTTP.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %w", what, ErrSigner, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxFrame+1))
	if err == nil && len(b) > maxFrame {
		err = fmt.Errorf("an answer of more than %d bytes", maxFrame)
	}
	if err == nil && res.StatusCode != http.StatusOK {
		return res.StatusCode, fmt.Errorf("%s: %s: %w", r.Base, what, said(res.StatusCode, b))
	}
	if err == nil {
		err = json.Unmarshal(b, answer)
	}
	if err != nil {
		return res.StatusCode, fmt.Errorf("%s: %s: %w: %w", r.Base, what, ErrSigner, err)
	}
	return res.StatusCode, nil
}

// said is the refusal that an error of the API means (10.1 and the tables of each
// method). The names of errors are only in part fixed, so that the text is looked at.
func said(status int, body []byte) error {
	var e struct {
		Error string `json:"error"`
		Text  string `json:"error_description"`
	}
	if json.Unmarshal(body, &e) != nil || e.Error == "" {
		return fmt.Errorf("HTTP %d: %w", status, ErrSigner)
	}
	f, text := ErrRefused, strings.ToLower(e.Error+" "+e.Text)
	switch {
	case status >= 500:
		f = ErrSigner
	case strings.Contains(text, "locked"):
		f = ErrLocked
	case e.Error == "invalid_pin" || strings.Contains(text, "authdata") || strings.Contains(text, "pin") && strings.Contains(text, "invalid") && !strings.Contains(text, "missing"):
		f = ErrPIN
	case strings.Contains(text, "credentialid"):
		f = ErrKey
	case strings.Contains(text, "expired") && strings.Contains(text, "certificate"), strings.Contains(text, "expired") && strings.Contains(text, "credential"):
		f = ErrEnded
	}
	return fmt.Errorf("HTTP %d, %s: %s: %w", status, e.Error, e.Text, f)
}
