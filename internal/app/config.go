package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"congminh/internal/dossier"
	"congminh/internal/kit/clamd"
	"congminh/internal/org"
	"congminh/internal/org/passkey"
	"congminh/internal/org/sso"
)

// Config is every setting there is. Its zero value is not usable; Default is.
type Config struct {
	Data     string `toml:"data" doc:"folder that holds everything below, where no other place is given"`
	Database string `toml:"database" doc:"sqlite:PATH or postgres://…; empty: sqlite in the data folder" secret:"true"`
	Blobs    string `toml:"blobs" doc:"file:DIR or s3:https://key:secret@host/bucket; empty: a folder in the data folder" secret:"true"`
	HTTP     struct {
		Addr    string        `toml:"addr" doc:"address the back office and the API listen on"`
		Cert    string        `toml:"cert" doc:"file of the TLS certificate; empty: no TLS"`
		Key     string        `toml:"key" doc:"file of the key of the certificate"`
		Proxy   bool          `toml:"proxy" doc:"the server can only be reached through a proxy, whose X-Forwarded-For and X-Forwarded-Proto are believed"`
		Stop    time.Duration `toml:"stop" doc:"how long requests may go on after the server was told to stop"`
		Metrics string        `toml:"metrics" doc:"token that may read /metrics; empty: only this machine may" secret:"true"`
	} `toml:"http"`
	Log struct {
		Level  string `toml:"level" doc:"debug, info, warn or error"`
		Format string `toml:"format" doc:"text or json"`
	} `toml:"log"`
	Intake struct {
		MaxFile  int64  `toml:"max_file" doc:"largest file taken in, bytes"`
		MaxPages int    `toml:"max_pages" doc:"most pages of one file"`
		Scan     string `toml:"scan" doc:"scanner that files are shown to before they are kept: clamd:unix:/path or clamd:tcp:host:port; empty: none"`
		ScanDown string `toml:"scan_down" doc:"while the scanner does not answer: refuse files, or take them, which is noted as not scanned"`
		Watch    string `toml:"watch" doc:"folder that scanners write into; empty: none. One folder in it for each file, named by its id"`
	} `toml:"intake"`
	Dossier struct {
		Secrets string `toml:"secrets" doc:"papers with a state-secret mark: refuse, or allow on an installation in a network of its own (Law 117/2025/QH15, Article 5)"`
	} `toml:"dossier"`
	Reader struct {
		Workers int           `toml:"workers" doc:"pages read at once; 0: one for each processor"`
		Memory  int64         `toml:"memory" doc:"bytes one reader may use"`
		Wall    time.Duration `toml:"wall" doc:"longest a reader may take for one page"`
	} `toml:"reader"`
	Mail struct {
		Host     string `toml:"host" doc:"mail server warnings are sent by; empty: no mail"`
		Port     int    `toml:"port" doc:"its port; 0: what its TLS usually has"`
		TLS      string `toml:"tls" doc:"starttls, tls, or none for a server on this machine"`
		User     string `toml:"user" doc:"account at the mail server; empty: it asks for none"`
		Password string `toml:"password" doc:"password of the account" secret:"true"`
		From     string `toml:"from" doc:"address warnings come from"`
	} `toml:"mail"`
	Seal struct {
		Origin      string `toml:"origin" doc:"name of the journal of this installation, as its heads carry it; it never changes once heads are signed"`
		Development bool   `toml:"development" doc:"sign with a development authority whose certificates have no legal value: for demonstrations and tests, never for real files"`
		Signers     string `toml:"signers" doc:"file that says which office signs with which key; empty: keys/signers.toml in the data folder"`
		Roots       string `toml:"roots" doc:"file of the root certificates that are trusted, in PEM; empty: keys/roots.pem in the data folder, if it is there"`
		TSA         string `toml:"tsa" doc:"address of the timestamp authority (RFC 3161)"`
	} `toml:"seal"`
	Deadline struct {
		Base   string `toml:"base" doc:"address people reach this program by, for links in messages, like https://congminh.vks.example; empty: the one it listens on"`
		Hooks  bool   `toml:"hooks" doc:"people may have warnings posted to an address of theirs"`
		Inside bool   `toml:"inside" doc:"those addresses may lie inside the network, where the server can reach what people cannot"`
		Ping   string `toml:"ping" doc:"address that is called while the watch over time limits is awake, for a monitor outside; empty: none" secret:"true"`
	} `toml:"deadline"`
	Backup struct {
		To       string        `toml:"to" doc:"where encrypted snapshots go, separated by spaces: file:DIR or s3:https://key:secret@host/bucket?lock=2160h; empty: nowhere" secret:"true"`
		Every    time.Duration `toml:"every" doc:"how often the server makes one"`
		Key      string        `toml:"key" doc:"file of the key it is made with (congminh backup key); empty: backup.key in the data folder"`
		Identity string        `toml:"identity" doc:"file of the key that opens it, on a medium of its own; if it is there, the server tries a restore every week"`
		Copies   string        `toml:"copies" doc:"second stores, separated by spaces, as in blobs: files are copied there as they come, the database as in to, and damaged files are healed from them" secret:"true"`
		Scrub    int64         `toml:"scrub" doc:"bytes a second the search for damaged blobs may read"`
	} `toml:"backup"`
	Org struct {
		Breached string `toml:"breached" doc:"file of SHA-1 hashes of breached passwords, sorted; empty: the list that comes with the program"`
	} `toml:"org"`
	SignIn struct {
		Second string `toml:"second" doc:"second factor: optional, or required of the roles that roles.toml marks"`
	} `toml:"sign_in"`
	OIDC struct {
		Issuer string `toml:"issuer" doc:"address of the identity provider of the sector, as in its tokens; empty: none. Its answers come back to BASE/sign-in/oidc/back, BASE as in deadline.base"`
		Client string `toml:"client" doc:"what the provider calls this program"`
		Secret string `toml:"secret" doc:"secret of this program with the provider" secret:"true"`
		Claim  string `toml:"claim" doc:"claim that holds the login a person has here; nobody is added"`
	} `toml:"oidc"`
}

// Default returns the settings of a server that needs nothing from outside.
func Default() Config {
	c := Config{Data: "data"}
	c.HTTP.Addr, c.HTTP.Stop = "127.0.0.1:8080", 20*time.Second
	c.Log.Level, c.Log.Format = "info", "text"
	c.Intake.MaxFile, c.Intake.MaxPages = 4<<30, 10_000
	c.Intake.ScanDown = "refuse"
	c.Dossier.Secrets = "refuse"
	c.Mail.TLS = "starttls"
	c.SignIn.Second, c.OIDC.Claim = "optional", "preferred_username"
	c.Backup.Every, c.Backup.Scrub = 5*time.Minute, 8<<20
	c.Reader.Memory, c.Reader.Wall = 1536<<20, 5*time.Minute
	return c
}

// org returns the settings of sign-in. Passkeys are bound to the address people use.
func (c Config) org(now func() time.Time, log *slog.Logger) (o org.Options, err error) {
	o = org.Options{Secure: c.HTTP.Cert != "", Breached: c.Org.Breached, Log: log, Second: c.SignIn.Second == "required"}
	if !o.Second && c.SignIn.Second != "optional" {
		return o, fmt.Errorf("sign_in.second: %q is neither optional nor required", c.SignIn.Second)
	}
	if c.OIDC.Issuer != "" {
		o.SSO = sso.New(sso.Settings{Issuer: c.OIDC.Issuer, Client: c.OIDC.Client, Secret: c.OIDC.Secret, Claim: c.OIDC.Claim,
			Back: strings.TrimSuffix(c.Deadline.Base, "/") + "/sign-in/oidc/back"}, now)
	}
	o.Keys, err = passkey.New(c.Deadline.Base, "Công Minh")
	if errors.Is(err, passkey.ErrHost) {
		log.Info("no passkeys: set deadline.base to an address with a name", "error", err)
		err = nil
	}
	return o, err
}

// secrets reports whether state secrets may be kept here.
func (c Config) secrets() (bool, error) {
	switch c.Dossier.Secrets {
	case "allow":
		return true, nil
	case "refuse":
		return false, nil
	}
	return false, fmt.Errorf("dossier.secrets: %q is neither refuse nor allow", c.Dossier.Secrets)
}

// malware opens the scanner for files that come in.
func (c Config) malware() (m dossier.Malware, err error) {
	if c.Intake.ScanDown != "refuse" && c.Intake.ScanDown != "take" {
		return m, fmt.Errorf("intake.scan_down: %q is neither refuse nor take", c.Intake.ScanDown)
	}
	m.Take = c.Intake.ScanDown == "take"
	if c.Intake.Scan == "" {
		return m, nil
	}
	d, err := clamd.New(c.Intake.Scan)
	if err != nil {
		return m, fmt.Errorf("intake.scan: %w", err)
	}
	m.Scan = d.Scan
	return m, nil
}

// law is the folder of files by which an installation overrides the law of the
// program; nil if there is none.
func (c Config) law() fs.FS {
	dir := filepath.Join(c.Data, "law")
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	return os.DirFS(dir)
}

// fill puts in what follows from the rest.
func (c Config) fill() Config {
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Data, "congminh.db")
	}
	if c.Deadline.Base == "" {
		c.Deadline.Base = "http://" + c.HTTP.Addr
		if c.HTTP.Cert != "" {
			c.Deadline.Base = "https://" + c.HTTP.Addr
		}
	}
	if c.Seal.Origin == "" {
		c.Seal.Origin = "congminh/nhat-ky"
	}
	if c.Seal.Signers == "" {
		c.Seal.Signers = c.signersFile()
	}
	if c.Seal.Roots == "" && !c.Seal.Development {
		c.Seal.Roots = c.rootsFile()
	}
	if c.Blobs == "" {
		c.Blobs = "file:" + filepath.Join(c.Data, "blobs")
	}
	if c.Backup.Key == "" {
		c.Backup.Key = filepath.Join(c.Data, "backup.key")
	}
	if c.Reader.Workers < 1 {
		c.Reader.Workers = runtime.NumCPU()
	}
	return c
}

func (c Config) spool() string { return filepath.Join(c.Data, "spool") }
